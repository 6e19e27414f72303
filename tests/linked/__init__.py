"""Linked data: addresses, descriptions, downloads, and what changed between releases."""
