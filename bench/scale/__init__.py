"""Country data of real shape in any size, and what it costs to look at it."""
