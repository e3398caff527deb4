"""Machine integers by proof: whether a theorem of mathematical integers also holds of 64-bit ones.

Each program is followed once over abstract values (``analysis.py``). An Int of the machine either *is* the mathematical
one, which bounds show (``values.Number.exact``), or is known to be equal to it modulo 2^64 alone. Sums, differences and
products keep the second; comparisons, divisions, ranges and functions that are known by name need the first. Where no
such need is left open, the machine takes the same path as mathematics, and its result is the mathematical one modulo
2^64: P and Q then agree on the machine because they agree in mathematics. Whatever is not understood is not excluded.
"""
