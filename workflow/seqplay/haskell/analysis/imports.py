"""What a name from elsewhere stands for, whatever the import lines call its module.

Only as far as names and import lists tell: an unqualified name that an import list names belongs to that module; one
from an open import is known by the set of open modules that could bring it.
"""

from __future__ import annotations

from seqplay.haskell.analysis.source import Source
from seqplay.haskell.syntax.fixity import base_name

# What the Prelude of base 4.15 exports (values only).
_PRELUDE = """
    !! $ $! && * ** *> + ++ - . / /= < <$ <$> <* <*> <= <> =<< == > >= >> >>= ^ ^^ abs acos acosh all and any appendFile
    asTypeOf asin asinh atan atan2 atanh break ceiling compare concat concatMap const cos cosh curry cycle decodeFloat
    div divMod drop dropWhile either elem encodeFloat enumFrom enumFromThen enumFromThenTo enumFromTo error
    errorWithoutStackTrace even exp exponent fail filter flip floatDigits floatRadix floatRange floor fmap foldMap foldl
    foldl1 foldr foldr1 fromEnum fromInteger fromIntegral fromRational fst gcd getChar getContents getLine head id init
    interact ioError isDenormalized isIEEE isInfinite isNaN isNegativeZero iterate last lcm length lex lines log logBase
    lookup map mapM mapM_ mappend max maxBound maximum maybe mconcat mempty min minBound minimum mod negate not notElem
    null odd or otherwise pi pred print product properFraction pure putChar putStr putStrLn quot quotRem read readFile
    readIO readList readLn readParen reads readsPrec realToFrac recip rem repeat replicate return reverse round
    scaleFloat scanl scanl1 scanr scanr1 seq sequence sequenceA sequence_ show showChar showList showParen showString
    shows showsPrec significand signum sin sinh snd span splitAt sqrt subtract succ sum tail take takeWhile tan tanh
    toEnum toInteger toRational traverse truncate uncurry undefined unlines until unwords unzip unzip3 userError words
    writeFile zip zip3 zipWith zipWith3 ||
"""
PRELUDE = frozenset(_PRELUDE.split())

# Modules of base that share the Prelude's entities, so that a name in one is the name in another.
_BASE_NAMES = """
    Prelude Data.List Data.Foldable Data.Traversable Data.Maybe Data.Either Data.Char Data.Function Data.Functor
    Data.Ord Data.Tuple Data.Bits Data.Ratio Data.Monoid Data.Bool Data.Int Data.Word Data.Eq Data.String Control.Monad
    Control.Applicative Numeric Numeric.Natural
"""
_BASE = frozenset(_BASE_NAMES.split())


class Resolver:
    """Knows one program's imports."""

    def __init__(self, source: Source) -> None:
        self._qualifiers: dict[str, set[str]] = {}
        self._listed: dict[str, set[str]] = {}
        self._open: set[str] = set()
        for each in source.imports:
            self._qualifiers.setdefault(each.name, set()).add(each.module)
            self._qualifiers.setdefault(each.module, set()).add(each.module)
            if each.qualified:
                continue
            if each.names is None or each.hiding:
                self._open |= {each.module} - _BASE
            else:
                for name in each.names:
                    self._listed.setdefault(name.partition("(")[0] or name.strip("()"), set()).add(each.module)

    def value(self, name: str) -> str:
        """Return what an unbound value name stands for."""
        if base_name(name) != name:
            return self.qualified(name)
        if name in PRELUDE:
            return name
        if name in self._listed:
            return self._from(self._listed[name], name)
        return self._from(self._open, name)

    def qualified(self, name: str) -> str:
        """Return a name with its qualifier replaced by the modules that it stands for; base modules are left out."""
        base = base_name(name)
        if base == name:
            return name
        qualifier = name[: -len(base) - 1]
        return self._from(self._qualifiers.get(qualifier, {qualifier}), base)

    def _from(self, modules: set[str], name: str) -> str:
        elsewhere = sorted(modules - _BASE)
        return f"{'/'.join(elsewhere)}.{name}" if elsewhere else name
