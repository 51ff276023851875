"""Things broken on purpose: `python3 run.py drill NAME`. Each drill is a file of this folder with a ``main``."""
