"""Queues of messages: who registers one, and what is put into it."""
