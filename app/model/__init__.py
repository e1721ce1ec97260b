"""The words of the product: what an event, a key, a stage and a case are. Imports nothing of ours."""
