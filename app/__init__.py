"""Orderscope: watches every order of a distributor across all the systems that touch it."""
