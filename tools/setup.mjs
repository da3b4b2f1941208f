// Prepares a fresh clone: see CONTRIBUTING.md.
