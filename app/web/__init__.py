"""The web server: who may come in, the API, and the door through which messages arrive."""
