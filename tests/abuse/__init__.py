"""What the internet sends: each attack of the table in README.md, against a server of this machine."""
