"""The second checker: a small kernel that checks the same proof of the same theorem as Liquid Haskell, with z3 alone.

**What its theorem says.** P and Q give the same value for all arguments, over total functions and finite data, where
``Int`` and ``Integer`` are the mathematical integers and equality and order are lawful: Liquid Haskell's reading, word
for word. Overflow, NaN and what a program forces are no business of the kernel's; the second opinion runs the programs
for that, whichever checker accepted the proof.

**What is trusted.** The theorem as data (``Problem``, with the translation that made it), this folder, and z3 on
questions without quantifiers. The proof's text and its own annotations are not: they only steer. Nothing here is shared
with the tactics.

``terms`` are the logic, ``elaboration`` brings definitions into it, ``refinements`` and ``reading`` the proof;
``solver`` asks z3, ``facts`` unfold definitions, ``termination`` and ``checking`` are the rules, ``values`` refute;
``opinion`` is the answer, ``process`` gets it in a jail.
"""
