"""Types of the Prelude and a few neighbours, as Haskell signatures, for the local inference of ``inference``.

Foldable and Traversable functions are given at lists, which is where the rewrites apply; a use at another container
fails to unify, and the declaration around it then counts as untyped.
"""

from __future__ import annotations

SIGNATURES = """
(+), (-), (*), max, min, subtract, quot, rem, div, mod, gcd, lcm, (/), (**), logBase, asTypeOf :: a -> a -> a
const :: a -> b -> a
negate, abs, signum, succ, pred, sqrt, exp, log, sin, cos, tan, recip, id :: a -> a
pi, minBound, maxBound, mempty, undefined :: a
(==), (/=), (<), (<=), (>), (>=) :: a -> a -> Bool
compare :: a -> a -> Ordering
(&&), (||) :: Bool -> Bool -> Bool
not :: Bool -> Bool
otherwise :: Bool
even, odd :: a -> Bool
divMod, quotRem :: a -> a -> (a, a)
(^), (^^) :: a -> b -> a
fromIntegral, realToFrac, truncate, round, floor, ceiling :: a -> b
fromInteger :: Integer -> a
toInteger :: a -> Integer
fromEnum :: a -> Int
toEnum :: Int -> a
($), ($!) :: (a -> b) -> a -> b
(.) :: (b -> c) -> (a -> b) -> a -> c
flip :: (a -> b -> c) -> b -> a -> c
seq :: a -> b -> b
error, errorWithoutStackTrace :: [Char] -> a
until :: (a -> Bool) -> (a -> a) -> a -> a
(<>), mappend :: a -> a -> a
mconcat :: [a] -> a
fmap, (<$>) :: (a -> b) -> f a -> f b
(<$) :: a -> f b -> f a
pure, return :: a -> f a
(<*>) :: f (a -> b) -> f a -> f b
(>>=) :: m a -> (a -> m b) -> m b
(>>) :: m a -> m b -> m b
(=<<) :: (a -> m b) -> m a -> m b
mapM, traverse :: (a -> m b) -> [a] -> m [b]
sequence, sequenceA :: [m a] -> m [a]
map :: (a -> b) -> [a] -> [b]
filter, takeWhile, dropWhile, dropWhileEnd :: (a -> Bool) -> [a] -> [a]
(++) :: [a] -> [a] -> [a]
concat :: [[a]] -> [a]
concatMap, foldMap :: (a -> [b]) -> [a] -> [b]
head, last :: [a] -> a
tail, init, reverse, cycle, nub, sort :: [a] -> [a]
null :: [a] -> Bool
and, or :: [Bool] -> Bool
any, all :: (a -> Bool) -> [a] -> Bool
length :: [a] -> Int
(!!) :: [a] -> Int -> a
take, drop :: Int -> [a] -> [a]
splitAt :: Int -> [a] -> ([a], [a])
span, break, partition :: (a -> Bool) -> [a] -> ([a], [a])
elem, notElem :: a -> [a] -> Bool
lookup :: a -> [(a, b)] -> Maybe b
sum, product, maximum, minimum :: [a] -> a
foldr :: (a -> b -> b) -> b -> [a] -> b
foldl, foldl' :: (b -> a -> b) -> b -> [a] -> b
foldr1, foldl1 :: (a -> a -> a) -> [a] -> a
scanl :: (b -> a -> b) -> b -> [a] -> [b]
scanr :: (a -> b -> b) -> b -> [a] -> [b]
scanl1, scanr1 :: (a -> a -> a) -> [a] -> [a]
iterate :: (a -> a) -> a -> [a]
repeat :: a -> [a]
replicate :: Int -> a -> [a]
zip :: [a] -> [b] -> [(a, b)]
zip3 :: [a] -> [b] -> [c] -> [(a, b, c)]
zipWith :: (a -> b -> c) -> [a] -> [b] -> [c]
zipWith3 :: (a -> b -> c -> d) -> [a] -> [b] -> [c] -> [d]
unzip :: [(a, b)] -> ([a], [b])
unzip3 :: [(a, b, c)] -> ([a], [b], [c])
fst :: (a, b) -> a
snd :: (a, b) -> b
curry :: ((a, b) -> c) -> a -> b -> c
uncurry :: (a -> b -> c) -> (a, b) -> c
maybe :: b -> (a -> b) -> Maybe a -> b
either :: (a -> c) -> (b -> c) -> Either a b -> c
show :: a -> [Char]
read :: [Char] -> a
lines, words :: [Char] -> [[Char]]
unlines, unwords :: [[Char]] -> [Char]
enumFromTo :: a -> a -> [a]
fromMaybe :: a -> Maybe a -> a
fromJust :: Maybe a -> a
isJust, isNothing :: Maybe a -> Bool
catMaybes :: [Maybe a] -> [a]
mapMaybe :: (a -> Maybe b) -> [a] -> [b]
listToMaybe :: [a] -> Maybe a
maybeToList :: Maybe a -> [a]
isDigit, isAlpha, isSpace, isUpper, isLower, isAlphaNum, isLetter, isPunctuation :: Char -> Bool
toUpper, toLower :: Char -> Char
ord, digitToInt :: Char -> Int
chr, intToDigit :: Int -> Char
sortBy :: (a -> a -> Ordering) -> [a] -> [a]
sortOn :: (a -> b) -> [a] -> [a]
comparing :: (a -> b) -> a -> a -> Ordering
on :: (b -> b -> c) -> (a -> b) -> a -> a -> c
group :: [a] -> [[a]]
groupBy :: (a -> a -> Bool) -> [a] -> [[a]]
intercalate :: [a] -> [[a]] -> [a]
intersperse :: a -> [a] -> [a]
transpose :: [[a]] -> [[a]]
subsequences, permutations, tails, inits :: [a] -> [[a]]
isPrefixOf, isSuffixOf, isInfixOf :: [a] -> [a] -> Bool
insert, delete :: a -> [a] -> [a]
"""
