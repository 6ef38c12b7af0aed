"""The record for security monitoring elsewhere: the log's own leaves in other people's formats.

The log is the outbox. Each destination has a place in each log; it moves on only after the
receiver has taken the events, so every event arrives at least once, with an id that stays and the
position that it has in the log.
"""
