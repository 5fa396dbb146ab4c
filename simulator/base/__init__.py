"""What every part of the simulator uses: wire format, errors, clock, chance, switches."""
