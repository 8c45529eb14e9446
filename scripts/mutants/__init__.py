"""Order mutation of the core; the command is scripts/mutation.py, the stage scripts/stages/mutants.py."""
