"""What the stages of validate.py stand on."""
