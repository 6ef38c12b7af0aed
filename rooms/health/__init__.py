"""From what signals say to how rooms are: pure, with no database and no clock.

`life` follows one signal, `room` weighs a room's signals, `day` counts its bad minutes.
"""
