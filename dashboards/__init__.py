"""The pages that people work with: a Dash app on the server's own ASGI application."""
