"""SHACL Core over a store: shapes become functions, and a run costs as much as the nodes that it looks at.

pySHACL is the reference: what is found is the same. What is not understood here (`Engine.strange`) is left to it.
"""
