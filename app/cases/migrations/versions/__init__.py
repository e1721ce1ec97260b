"""The steps that brought the workflow store to its shape, oldest first."""
