"""The protocols, case by case, over real HTTP."""
