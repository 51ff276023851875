"""The program that fills an index from the store: `hackgo-index`. The index is a copy; deleting it loses nothing."""
