"""The record store: raw messages, events and everything derived from them. The only home of SQL on events and orders."""
