"""Plain mutants: a logic fault of the code of lib/ at a time, and whether a unit test detects it (README.md of this folder)."""
