-- The reflected Prelude: what the translated programs call, with the meaning of base's functions on total values. Each
-- theorem's module takes over the functions that it needs, with their annotations.
-- A function is here only if it always ends and never throws on what its annotation admits. `lazy` marks a function
-- whose definition the logic shall not know (its own definition is a loop and is never run): all that can be proved of
-- it is that equal arguments give equal results. The equations of a function with a condition on its arguments must have
-- a solution outside that condition too: the logic unfolds them there as well.
module SeqplayPrelude where

import qualified Prelude
import Prelude
  ( Bool (..), Char, Double, Either (..), Eq (..), Int, Integer, Integral, Maybe (..), Num ((*), (+), (-), negate), Ord ((<), (<=), (>), (>=))
  , Ordering (..), Show, not, (&&), (||)
  )

-- ---------------------------------------------------------------- operators as functions

{-@ reflect plus @-}
plus :: Num a => a -> a -> a
plus x y = x + y

{-@ reflect minus @-}
minus :: Num a => a -> a -> a
minus x y = x - y

{-@ reflect times @-}
times :: Num a => a -> a -> a
times x y = x * y

{-@ reflect negated @-}
negated :: Num a => a -> a
negated x = negate x

{-@ reflect equal @-}
equal :: Eq a => a -> a -> Bool
equal x y = x == y

{-@ reflect unequal @-}
unequal :: Eq a => a -> a -> Bool
unequal x y = x /= y

{-@ reflect less @-}
less :: Ord a => a -> a -> Bool
less x y = x < y

{-@ reflect lessEqual @-}
lessEqual :: Ord a => a -> a -> Bool
lessEqual x y = x <= y

{-@ reflect greater @-}
greater :: Ord a => a -> a -> Bool
greater x y = x > y

{-@ reflect greaterEqual @-}
greaterEqual :: Ord a => a -> a -> Bool
greaterEqual x y = x >= y

{-@ reflect conjunction @-}
conjunction :: Bool -> Bool -> Bool
conjunction x y = x && y

{-@ reflect disjunction @-}
disjunction :: Bool -> Bool -> Bool
disjunction x y = x || y

{-@ reflect complement @-}
complement :: Bool -> Bool
complement x = not x

{-@ reflect cons @-}
cons :: a -> [a] -> [a]
cons x xs = x : xs

{-@ reflect pair @-}
pair :: a -> b -> (a, b)
pair x y = (x, y)

{-@ reflect triple @-}
triple :: a -> b -> c -> (a, b, c)
triple x y z = (x, y, z)

{-@ reflect just @-}
just :: a -> Maybe a
just x = Just x

{-@ reflect left @-}
left :: a -> Either a b
left x = Left x

{-@ reflect right @-}
right :: b -> Either a b
right x = Right x

-- ---------------------------------------------------------------- combinators

{-@ reflect id @-}
id :: a -> a
id x = x

{-@ reflect const @-}
const :: a -> b -> a
const x y = x

{-@ reflect compose @-}
compose :: (b -> c) -> (a -> b) -> a -> c
compose f g x = f (g x)

{-@ reflect flip @-}
flip :: (a -> b -> c) -> b -> a -> c
flip f x y = f y x

{-@ reflect apply @-}
apply :: (a -> b) -> a -> b
apply f x = f x

{-@ reflect applyTo @-}
applyTo :: a -> (a -> b) -> b
applyTo x f = f x

{-@ reflect fst @-}
fst :: (a, b) -> a
fst (x, y) = x

{-@ reflect snd @-}
snd :: (a, b) -> b
snd (x, y) = y

{-@ reflect swap @-}
swap :: (a, b) -> (b, a)
swap (x, y) = (y, x)

{-@ reflect curry @-}
curry :: ((a, b) -> c) -> a -> b -> c
curry f x y = f (x, y)

{-@ reflect uncurry @-}
uncurry :: (a -> b -> c) -> (a, b) -> c
uncurry f (x, y) = f x y

{-@ reflect on @-}
on :: (b -> b -> c) -> (a -> b) -> a -> a -> c
on f g x y = f (g x) (g y)

{-@ reflect bool @-}
bool :: a -> a -> Bool -> a
bool x y b = if b then y else x

-- ---------------------------------------------------------------- order and numbers

{-@ reflect max @-}
max :: Ord a => a -> a -> a
max x y = if x <= y then y else x

{-@ reflect min @-}
min :: Ord a => a -> a -> a
min x y = if x <= y then x else y

{-@ reflect compare @-}
compare :: Ord a => a -> a -> Ordering
compare x y = if x < y then LT else if x == y then EQ else GT

{-@ reflect comparing @-}
comparing :: Ord b => (a -> b) -> a -> a -> Ordering
comparing f x y = compare (f x) (f y)

{-@ reflect abs @-}
abs :: (Ord a, Num a) => a -> a
abs n = if n < 0 then negate n else n

{-@ reflect signum @-}
signum :: (Ord a, Num a) => a -> a
signum n = if n < 0 then negate 1 else if n == 0 then 0 else 1

{-@ reflect subtract @-}
subtract :: Num a => a -> a -> a
subtract x y = y - x

{-@ reflect div @-}
{-@ div :: Integral a => x:a -> {y:a | y /= 0} -> a @-}
div :: Integral a => a -> a -> a
div x y = if y > 0 then Prelude.div x y else Prelude.div (negate x) (negate y)

{-@ reflect mod @-}
{-@ mod :: Integral a => x:a -> {y:a | y /= 0} -> a @-}
mod :: Integral a => a -> a -> a
mod x y = if y > 0 then Prelude.mod x y else negate (Prelude.mod (negate x) (negate y))

{-@ reflect quot @-}
{-@ quot :: Integral a => x:a -> {y:a | y /= 0} -> a @-}
quot :: Integral a => a -> a -> a
quot x y =
  if x >= 0
    then (if y > 0 then Prelude.div x y else negate (Prelude.div x (negate y)))
    else (if y > 0 then negate (Prelude.div (negate x) y) else Prelude.div (negate x) (negate y))

{-@ reflect rem @-}
{-@ rem :: Integral a => x:a -> {y:a | y /= 0} -> a @-}
rem :: Integral a => a -> a -> a
rem x y =
  if x >= 0
    then (if y > 0 then Prelude.mod x y else Prelude.mod x (negate y))
    else (if y > 0 then negate (Prelude.mod (negate x) y) else negate (Prelude.mod (negate x) (negate y)))

{-@ reflect divMod @-}
{-@ divMod :: Integral a => x:a -> {y:a | y /= 0} -> (a, a) @-}
divMod :: Integral a => a -> a -> (a, a)
divMod x y = (div x y, mod x y)

{-@ reflect quotRem @-}
{-@ quotRem :: Integral a => x:a -> {y:a | y /= 0} -> (a, a) @-}
quotRem :: Integral a => a -> a -> (a, a)
quotRem x y = (quot x y, rem x y)

{-@ reflect even @-}
even :: Integral a => a -> Bool
even n = Prelude.mod n 2 == 0

{-@ reflect odd @-}
odd :: Integral a => a -> Bool
odd n = Prelude.mod n 2 /= 0

{-@ reflect gcdNat @-}
{-@ gcdNat :: Integral a => a:{a | a >= 0} -> b:{a | b >= 0} -> {v:a | v >= 0 && ((a > 0 || b > 0) => v > 0)} / [b] @-}
gcdNat :: Integral a => a -> a -> a
gcdNat a b = if b <= 0 then a else gcdNat b (Prelude.mod a b)

{-@ reflect gcd @-}
{-@ gcd :: Integral a => a:a -> b:a -> {v:a | v >= 0 && ((a /= 0 || b /= 0) => v > 0)} @-}
gcd :: Integral a => a -> a -> a
gcd a b = gcdNat (if a < 0 then negate a else a) (if b < 0 then negate b else b)

{-@ reflect lcm @-}
lcm :: Integral a => a -> a -> a
lcm a b = if a == 0 || b == 0 then 0 else abs (quot a (gcd a b) * b)

{-@ reflect power @-}
{-@ power :: (Num a, Integral b) => a -> n:{b | n >= 0} -> a / [n] @-}
power :: (Num a, Integral b) => a -> b -> a
power x n = if n <= 0 then 1 else x * power x (n - 1)

{-@ reflect successor @-}
successor :: Integral a => a -> a
successor n = n + 1

{-@ reflect predecessor @-}
predecessor :: Integral a => a -> a
predecessor n = n - 1

{-@ reflect enumFromTo @-}
{-@ enumFromTo :: Integral a => a:a -> b:a -> [a] / [if b - a + 1 < 0 then 0 else b - a + 1] @-}
enumFromTo :: Integral a => a -> a -> [a]
enumFromTo a b = if a > b then [] else a : enumFromTo (a + 1) b

{-@ reflect enumUp @-}
{-@ enumUp :: Integral a => d:{a | d > 0} -> a:a -> b:a -> [a] / [if b - a + 1 < 0 then 0 else b - a + 1] @-}
enumUp :: Integral a => a -> a -> a -> [a]
enumUp d a b = if d <= 0 || a > b then [] else a : enumUp d (a + d) b

{-@ reflect enumDown @-}
{-@ enumDown :: Integral a => d:{a | d > 0} -> a:a -> b:a -> [a] / [if a - b + 1 < 0 then 0 else a - b + 1] @-}
enumDown :: Integral a => a -> a -> a -> [a]
enumDown d a b = if d <= 0 || a < b then [] else a : enumDown d (a - d) b

{-@ reflect enumFromThenTo @-}
{-@ enumFromThenTo :: Integral a => a:a -> {n:a | n /= a} -> b:a -> [a] @-}
enumFromThenTo :: Integral a => a -> a -> a -> [a]
enumFromThenTo a n b = if n > a then enumUp (n - a) a b else enumDown (a - n) a b

-- ---------------------------------------------------------------- lists

{-@ reflect null @-}
{-@ null :: xs:[a] -> {v:Bool | v <=> len xs == 0} @-}
null :: [a] -> Bool
null [] = True
null (x:xs) = False

{-@ reflect length @-}
{-@ length :: xs:[a] -> {v:Int | v == len xs} @-}
length :: [a] -> Int
length [] = 0
length (x:xs) = 1 + length xs

{-@ reflect append @-}
{-@ append :: xs:[a] -> ys:[a] -> {v:[a] | len v == len xs + len ys} @-}
append :: [a] -> [a] -> [a]
append [] ys = ys
append (x:xs) ys = x : append xs ys

{-@ reflect map @-}
{-@ map :: (a -> b) -> xs:[a] -> {v:[b] | len v == len xs} @-}
map :: (a -> b) -> [a] -> [b]
map f [] = []
map f (x:xs) = f x : map f xs

{-@ reflect filter @-}
{-@ filter :: (a -> Bool) -> xs:[a] -> {v:[a] | len v <= len xs} @-}
filter :: (a -> Bool) -> [a] -> [a]
filter p [] = []
filter p (x:xs) = if p x then x : filter p xs else filter p xs

{-@ reflect foldr @-}
foldr :: (a -> b -> b) -> b -> [a] -> b
foldr f z [] = z
foldr f z (x:xs) = f x (foldr f z xs)

{-@ reflect foldl @-}
foldl :: (b -> a -> b) -> b -> [a] -> b
foldl f z [] = z
foldl f z (x:xs) = foldl f (f z x) xs

{-@ reflect foldr1 @-}
{-@ foldr1 :: (a -> a -> a) -> xs:{[a] | len xs > 0} -> a @-}
foldr1 :: (a -> a -> a) -> [a] -> a
foldr1 f [x] = x
foldr1 f (x:y:zs) = f x (foldr1 f (y:zs))

{-@ reflect foldl1 @-}
{-@ foldl1 :: (a -> a -> a) -> xs:{[a] | len xs > 0} -> a @-}
foldl1 :: (a -> a -> a) -> [a] -> a
foldl1 f (x:xs) = foldl f x xs

{-@ reflect head @-}
{-@ head :: xs:{[a] | len xs > 0} -> a @-}
head :: [a] -> a
head (x:xs) = x

{-@ reflect tail @-}
{-@ tail :: xs:{[a] | len xs > 0} -> {v:[a] | len v == len xs - 1} @-}
tail :: [a] -> [a]
tail (x:xs) = xs

{-@ reflect last @-}
{-@ last :: xs:{[a] | len xs > 0} -> a @-}
last :: [a] -> a
last [x] = x
last (x:y:zs) = last (y:zs)

{-@ reflect init @-}
{-@ init :: xs:{[a] | len xs > 0} -> {v:[a] | len v == len xs - 1} @-}
init :: [a] -> [a]
init [x] = []
init (x:y:zs) = x : init (y:zs)

{-@ reflect index @-}
{-@ index :: xs:[a] -> {n:Int | 0 <= n && n < len xs} -> a @-}
index :: [a] -> Int -> a
index (x:xs) n = if n <= 0 then x else index xs (n - 1)

{-@ reflect sum @-}
sum :: Num a => [a] -> a
sum [] = 0
sum (x:xs) = x + sum xs

{-@ reflect product @-}
product :: Num a => [a] -> a
product [] = 1
product (x:xs) = x * product xs

{-@ reflect maximum @-}
{-@ maximum :: Ord a => xs:{[a] | len xs > 0} -> a @-}
maximum :: Ord a => [a] -> a
maximum (x:xs) = foldl max x xs

{-@ reflect minimum @-}
{-@ minimum :: Ord a => xs:{[a] | len xs > 0} -> a @-}
minimum :: Ord a => [a] -> a
minimum (x:xs) = foldl min x xs

{-@ reflect reverseOnto @-}
{-@ reverseOnto :: acc:[a] -> xs:[a] -> {v:[a] | len v == len acc + len xs} @-}
reverseOnto :: [a] -> [a] -> [a]
reverseOnto acc [] = acc
reverseOnto acc (x:xs) = reverseOnto (x:acc) xs

{-@ reflect reverse @-}
{-@ reverse :: xs:[a] -> {v:[a] | len v == len xs} @-}
reverse :: [a] -> [a]
reverse xs = reverseOnto [] xs

{-@ reflect conjoin @-}
conjoin :: [Bool] -> Bool
conjoin [] = True
conjoin (x:xs) = x && conjoin xs

{-@ reflect disjoin @-}
disjoin :: [Bool] -> Bool
disjoin [] = False
disjoin (x:xs) = x || disjoin xs

{-@ reflect all @-}
all :: (a -> Bool) -> [a] -> Bool
all p [] = True
all p (x:xs) = p x && all p xs

{-@ reflect any @-}
any :: (a -> Bool) -> [a] -> Bool
any p [] = False
any p (x:xs) = p x || any p xs

{-@ reflect elem @-}
elem :: Eq a => a -> [a] -> Bool
elem y [] = False
elem y (x:xs) = y == x || elem y xs

{-@ reflect notElem @-}
notElem :: Eq a => a -> [a] -> Bool
notElem y [] = True
notElem y (x:xs) = y /= x && notElem y xs

{-@ reflect concat @-}
concat :: [[a]] -> [a]
concat [] = []
concat (xs:xss) = append xs (concat xss)

{-@ reflect concatMap @-}
concatMap :: (a -> [b]) -> [a] -> [b]
concatMap f [] = []
concatMap f (x:xs) = append (f x) (concatMap f xs)

{-@ reflect replicate @-}
{-@ replicate :: n:Int -> a -> {v:[a] | (n <= 0 => len v == 0) && (n > 0 => len v == n)} / [if n < 0 then 0 else n] @-}
replicate :: Int -> a -> [a]
replicate n x = if n <= 0 then [] else x : replicate (n - 1) x

{-@ reflect take @-}
{-@ take :: n:Int -> xs:[a] -> {v:[a] | (n <= 0 => len v == 0) && ((0 < n && n < len xs) => len v == n) && ((0 < n && n >= len xs) => len v == len xs)} / [len xs] @-}
take :: Int -> [a] -> [a]
take n [] = []
take n (x:xs) = if n <= 0 then [] else x : take (n - 1) xs

{-@ reflect drop @-}
{-@ drop :: n:Int -> xs:[a] -> {v:[a] | (n <= 0 => len v == len xs) && ((0 < n && n < len xs) => len v == len xs - n) && ((0 < n && n >= len xs) => len v == 0)} / [len xs] @-}
drop :: Int -> [a] -> [a]
drop n [] = []
drop n (x:xs) = if n <= 0 then x : xs else drop (n - 1) xs

{-@ reflect splitAt @-}
{-@ splitAt :: n:Int -> xs:[a] -> ({v:[a] | (n <= 0 => len v == 0) && ((0 < n && n < len xs) => len v == n) && ((0 < n && n >= len xs) => len v == len xs)}, {v:[a] | (n <= 0 => len v == len xs) && ((0 < n && n < len xs) => len v == len xs - n) && ((0 < n && n >= len xs) => len v == 0)}) @-}
splitAt :: Int -> [a] -> ([a], [a])
splitAt n xs = (take n xs, drop n xs)

{-@ reflect takeWhile @-}
{-@ takeWhile :: (a -> Bool) -> xs:[a] -> {v:[a] | len v <= len xs} @-}
takeWhile :: (a -> Bool) -> [a] -> [a]
takeWhile p [] = []
takeWhile p (x:xs) = if p x then x : takeWhile p xs else []

{-@ reflect dropWhile @-}
{-@ dropWhile :: (a -> Bool) -> xs:[a] -> {v:[a] | len v <= len xs} @-}
dropWhile :: (a -> Bool) -> [a] -> [a]
dropWhile p [] = []
dropWhile p (x:xs) = if p x then dropWhile p xs else x : xs

{-@ reflect span @-}
{-@ span :: (a -> Bool) -> xs:[a] -> ({v:[a] | len v <= len xs}, {v:[a] | len v <= len xs}) @-}
span :: (a -> Bool) -> [a] -> ([a], [a])
span p xs = (takeWhile p xs, dropWhile p xs)

{-@ reflect takeUntil @-}
{-@ takeUntil :: (a -> Bool) -> xs:[a] -> {v:[a] | len v <= len xs} @-}
takeUntil :: (a -> Bool) -> [a] -> [a]
takeUntil p [] = []
takeUntil p (x:xs) = if p x then [] else x : takeUntil p xs

{-@ reflect dropUntil @-}
{-@ dropUntil :: (a -> Bool) -> xs:[a] -> {v:[a] | len v <= len xs} @-}
dropUntil :: (a -> Bool) -> [a] -> [a]
dropUntil p [] = []
dropUntil p (x:xs) = if p x then x : xs else dropUntil p xs

{-@ reflect break @-}
{-@ break :: (a -> Bool) -> xs:[a] -> ({v:[a] | len v <= len xs}, {v:[a] | len v <= len xs}) @-}
break :: (a -> Bool) -> [a] -> ([a], [a])
break p xs = (takeUntil p xs, dropUntil p xs)

{-@ reflect remove @-}
remove :: (a -> Bool) -> [a] -> [a]
remove p [] = []
remove p (x:xs) = if p x then remove p xs else x : remove p xs

{-@ reflect partition @-}
partition :: (a -> Bool) -> [a] -> ([a], [a])
partition p xs = (filter p xs, remove p xs)

{-@ reflect zip @-}
zip :: [a] -> [b] -> [(a, b)]
zip [] ys = []
zip (x:xs) [] = []
zip (x:xs) (y:ys) = (x, y) : zip xs ys

{-@ reflect zipWith @-}
zipWith :: (a -> b -> c) -> [a] -> [b] -> [c]
zipWith f [] ys = []
zipWith f (x:xs) [] = []
zipWith f (x:xs) (y:ys) = f x y : zipWith f xs ys

{-@ reflect zip3 @-}
zip3 :: [a] -> [b] -> [c] -> [(a, b, c)]
zip3 (x:xs) (y:ys) (z:zs) = (x, y, z) : zip3 xs ys zs
zip3 xs ys zs = []

{-@ reflect zipWith3 @-}
zipWith3 :: (a -> b -> c -> d) -> [a] -> [b] -> [c] -> [d]
zipWith3 f (x:xs) (y:ys) (z:zs) = f x y z : zipWith3 f xs ys zs
zipWith3 f xs ys zs = []

{-@ reflect unzip @-}
unzip :: [(a, b)] -> ([a], [b])
unzip xs = (map fst xs, map snd xs)

{-@ reflect lookup @-}
lookup :: Eq a => a -> [(a, b)] -> Maybe b
lookup k [] = Nothing
lookup k ((x, y):xs) = if k == x then Just y else lookup k xs

{-@ reflect find @-}
find :: (a -> Bool) -> [a] -> Maybe a
find p [] = Nothing
find p (x:xs) = if p x then Just x else find p xs

{-@ reflect insert @-}
insert :: Ord a => a -> [a] -> [a]
insert x [] = [x]
insert x (y:ys) = if x <= y then x : y : ys else y : insert x ys

{-@ reflect sort @-}
sort :: Ord a => [a] -> [a]
sort [] = []
sort (x:xs) = insert x (sort xs)

{-@ reflect delete @-}
{-@ delete :: Eq a => a -> xs:[a] -> {v:[a] | len v <= len xs} @-}
delete :: Eq a => a -> [a] -> [a]
delete y [] = []
delete y (x:xs) = if y == x then xs else x : delete y xs

{-@ reflect nub @-}
{-@ nub :: Eq a => xs:[a] -> [a] / [len xs] @-}
nub :: Eq a => [a] -> [a]
nub [] = []
nub (x:xs) = x : nub (filter (unequal x) xs)

{-@ reflect isPrefixOf @-}
isPrefixOf :: Eq a => [a] -> [a] -> Bool
isPrefixOf [] ys = True
isPrefixOf (x:xs) [] = False
isPrefixOf (x:xs) (y:ys) = x == y && isPrefixOf xs ys

{-@ reflect tails @-}
tails :: [a] -> [[a]]
tails [] = [[]]
tails (x:xs) = (x:xs) : tails xs

{-@ reflect intersperse @-}
intersperse :: a -> [a] -> [a]
intersperse s [] = []
intersperse s [x] = [x]
intersperse s (x:y:zs) = x : s : intersperse s (y:zs)

{-@ reflect intercalate @-}
intercalate :: [a] -> [[a]] -> [a]
intercalate s xss = concat (intersperse s xss)

{-@ reflect unwords @-}
unwords :: [[Char]] -> [Char]
unwords [] = []
unwords [w] = w
unwords (w:v:ws) = append w (' ' : unwords (v:ws))

{-@ reflect unlines @-}
unlines :: [[Char]] -> [Char]
unlines [] = []
unlines (l:ls) = append l ('\n' : unlines ls)

{-@ reflect scanl @-}
{-@ scanl :: (b -> a -> b) -> b -> xs:[a] -> {v:[b] | len v == len xs + 1} @-}
scanl :: (b -> a -> b) -> b -> [a] -> [b]
scanl f z [] = [z]
scanl f z (x:xs) = z : scanl f (f z x) xs

{-@ reflect scanr @-}
{-@ scanr :: (a -> b -> b) -> b -> xs:[a] -> {v:[b] | len v == len xs + 1} @-}
scanr :: (a -> b -> b) -> b -> [a] -> [b]
scanr f z [] = [z]
scanr f z (x:xs) = case scanr f z xs of (y:ys) -> f x y : y : ys

-- ---------------------------------------------------------------- Maybe

{-@ reflect maybe @-}
maybe :: b -> (a -> b) -> Maybe a -> b
maybe d f Nothing = d
maybe d f (Just x) = f x

{-@ reflect fromMaybe @-}
fromMaybe :: a -> Maybe a -> a
fromMaybe d Nothing = d
fromMaybe d (Just x) = x

{-@ reflect isJust @-}
isJust :: Maybe a -> Bool
isJust Nothing = False
isJust (Just x) = True

{-@ reflect isNothing @-}
isNothing :: Maybe a -> Bool
isNothing Nothing = True
isNothing (Just x) = False

{-@ reflect catMaybes @-}
catMaybes :: [Maybe a] -> [a]
catMaybes [] = []
catMaybes (Nothing:ms) = catMaybes ms
catMaybes (Just x:ms) = x : catMaybes ms

{-@ reflect mapMaybe @-}
mapMaybe :: (a -> Maybe b) -> [a] -> [b]
mapMaybe f [] = []
mapMaybe f (x:xs) = case f x of { Nothing -> mapMaybe f xs; Just y -> y : mapMaybe f xs }

{-@ reflect listToMaybe @-}
listToMaybe :: [a] -> Maybe a
listToMaybe [] = Nothing
listToMaybe (x:xs) = Just x

{-@ reflect maybeToList @-}
maybeToList :: Maybe a -> [a]
maybeToList Nothing = []
maybeToList (Just x) = [x]

{-@ reflect fmapMaybe @-}
fmapMaybe :: (a -> b) -> Maybe a -> Maybe b
fmapMaybe f Nothing = Nothing
fmapMaybe f (Just x) = Just (f x)

{-@ reflect bindMaybe @-}
bindMaybe :: Maybe a -> (a -> Maybe b) -> Maybe b
bindMaybe Nothing f = Nothing
bindMaybe (Just x) f = f x

{-@ reflect apMaybe @-}
apMaybe :: Maybe (a -> b) -> Maybe a -> Maybe b
apMaybe (Just f) (Just x) = Just (f x)
apMaybe f x = Nothing

{-@ reflect traverseMaybe @-}
traverseMaybe :: (a -> Maybe b) -> [a] -> Maybe [b]
traverseMaybe f [] = Just []
traverseMaybe f (x:xs) = case f x of { Nothing -> Nothing; Just y -> case traverseMaybe f xs of { Nothing -> Nothing; Just ys -> Just (y:ys) } }

{-@ reflect sequenceMaybe @-}
sequenceMaybe :: [Maybe a] -> Maybe [a]
sequenceMaybe [] = Just []
sequenceMaybe (m:ms) = case m of { Nothing -> Nothing; Just y -> case sequenceMaybe ms of { Nothing -> Nothing; Just ys -> Just (y:ys) } }

-- ---------------------------------------------------------------- Either

{-@ reflect either @-}
either :: (a -> c) -> (b -> c) -> Either a b -> c
either f g (Left x) = f x
either f g (Right y) = g y

{-@ reflect lefts @-}
lefts :: [Either a b] -> [a]
lefts [] = []
lefts (Left x:es) = x : lefts es
lefts (Right y:es) = lefts es

{-@ reflect rights @-}
rights :: [Either a b] -> [b]
rights [] = []
rights (Left x:es) = rights es
rights (Right y:es) = y : rights es

{-@ reflect fmapEither @-}
fmapEither :: (a -> b) -> Either e a -> Either e b
fmapEither f (Left e) = Left e
fmapEither f (Right x) = Right (f x)

{-@ reflect bindEither @-}
bindEither :: Either e a -> (a -> Either e b) -> Either e b
bindEither (Left e) f = Left e
bindEither (Right x) f = f x

-- ---------------------------------------------------------------- known by name alone

{-@ reflect toUpper @-}
{-@ lazy toUpper @-}
toUpper :: Char -> Char
toUpper x1 = toUpper x1

{-@ reflect toLower @-}
{-@ lazy toLower @-}
toLower :: Char -> Char
toLower x1 = toLower x1

{-@ reflect isAlpha @-}
{-@ lazy isAlpha @-}
isAlpha :: Char -> Bool
isAlpha x1 = isAlpha x1

{-@ reflect isDigit @-}
{-@ lazy isDigit @-}
isDigit :: Char -> Bool
isDigit x1 = isDigit x1

{-@ reflect isSpace @-}
{-@ lazy isSpace @-}
isSpace :: Char -> Bool
isSpace x1 = isSpace x1

{-@ reflect isUpper @-}
{-@ lazy isUpper @-}
isUpper :: Char -> Bool
isUpper x1 = isUpper x1

{-@ reflect isLower @-}
{-@ lazy isLower @-}
isLower :: Char -> Bool
isLower x1 = isLower x1

{-@ reflect isAlphaNum @-}
{-@ lazy isAlphaNum @-}
isAlphaNum :: Char -> Bool
isAlphaNum x1 = isAlphaNum x1

{-@ reflect isPunctuation @-}
{-@ lazy isPunctuation @-}
isPunctuation :: Char -> Bool
isPunctuation x1 = isPunctuation x1

{-@ reflect isHexDigit @-}
{-@ lazy isHexDigit @-}
isHexDigit :: Char -> Bool
isHexDigit x1 = isHexDigit x1

{-@ reflect ord @-}
{-@ lazy ord @-}
ord :: Char -> Int
ord x1 = ord x1

{-@ reflect show @-}
{-@ lazy show @-}
show :: Show a => a -> [Char]
show x1 = show x1

{-@ reflect words @-}
{-@ lazy words @-}
words :: [Char] -> [[Char]]
words x1 = words x1

{-@ reflect lines @-}
{-@ lazy lines @-}
lines :: [Char] -> [[Char]]
lines x1 = lines x1

{-@ reflect sortBy @-}
{-@ lazy sortBy @-}
{-@ sortBy :: (a -> a -> Ordering) -> xs:[a] -> {v:[a] | len v == len xs} @-}
sortBy :: (a -> a -> Ordering) -> [a] -> [a]
sortBy x1 x2 = sortBy x1 x2

{-@ reflect sortOn @-}
{-@ lazy sortOn @-}
{-@ sortOn :: Ord b => (a -> b) -> xs:[a] -> {v:[a] | len v == len xs} @-}
sortOn :: Ord b => (a -> b) -> [a] -> [a]
sortOn x1 x2 = sortOn x1 x2

{-@ reflect group @-}
{-@ lazy group @-}
{-@ group :: Eq a => [a] -> [{v:[a] | len v > 0}] @-}
group :: Eq a => [a] -> [[a]]
group x1 = group x1

{-@ reflect groupBy @-}
{-@ lazy groupBy @-}
{-@ groupBy :: (a -> a -> Bool) -> [a] -> [{v:[a] | len v > 0}] @-}
groupBy :: (a -> a -> Bool) -> [a] -> [[a]]
groupBy x1 x2 = groupBy x1 x2

{-@ reflect transpose @-}
{-@ lazy transpose @-}
transpose :: [[a]] -> [[a]]
transpose x1 = transpose x1

{-@ reflect isSuffixOf @-}
{-@ lazy isSuffixOf @-}
isSuffixOf :: Eq a => [a] -> [a] -> Bool
isSuffixOf x1 x2 = isSuffixOf x1 x2

{-@ reflect isInfixOf @-}
{-@ lazy isInfixOf @-}
isInfixOf :: Eq a => [a] -> [a] -> Bool
isInfixOf x1 x2 = isInfixOf x1 x2

{-@ reflect subsequences @-}
{-@ lazy subsequences @-}
subsequences :: [a] -> [[a]]
subsequences x1 = subsequences x1

{-@ reflect permutations @-}
{-@ lazy permutations @-}
permutations :: [a] -> [[a]]
permutations x1 = permutations x1

{-@ reflect inits @-}
{-@ lazy inits @-}
inits :: [a] -> [[a]]
inits x1 = inits x1

{-@ reflect intToInteger @-}
{-@ lazy intToInteger @-}
intToInteger :: Int -> Integer
intToInteger x1 = intToInteger x1

{-@ reflect integerToInt @-}
{-@ lazy integerToInt @-}
integerToInt :: Integer -> Int
integerToInt x1 = integerToInt x1

{-@ reflect intToDouble @-}
{-@ lazy intToDouble @-}
intToDouble :: Int -> Double
intToDouble x1 = intToDouble x1

{-@ reflect integerToDouble @-}
{-@ lazy integerToDouble @-}
integerToDouble :: Integer -> Double
integerToDouble x1 = integerToDouble x1

{-@ reflect doublePlus @-}
{-@ lazy doublePlus @-}
doublePlus :: Double -> Double -> Double
doublePlus x1 x2 = doublePlus x1 x2

{-@ reflect doubleMinus @-}
{-@ lazy doubleMinus @-}
doubleMinus :: Double -> Double -> Double
doubleMinus x1 x2 = doubleMinus x1 x2

{-@ reflect doubleTimes @-}
{-@ lazy doubleTimes @-}
doubleTimes :: Double -> Double -> Double
doubleTimes x1 x2 = doubleTimes x1 x2

{-@ reflect doubleOver @-}
{-@ lazy doubleOver @-}
doubleOver :: Double -> Double -> Double
doubleOver x1 x2 = doubleOver x1 x2

{-@ reflect doublePower @-}
{-@ lazy doublePower @-}
doublePower :: Double -> Double -> Double
doublePower x1 x2 = doublePower x1 x2

{-@ reflect doubleMax @-}
{-@ lazy doubleMax @-}
doubleMax :: Double -> Double -> Double
doubleMax x1 x2 = doubleMax x1 x2

{-@ reflect doubleMin @-}
{-@ lazy doubleMin @-}
doubleMin :: Double -> Double -> Double
doubleMin x1 x2 = doubleMin x1 x2

{-@ reflect doubleNegate @-}
{-@ lazy doubleNegate @-}
doubleNegate :: Double -> Double
doubleNegate x1 = doubleNegate x1

{-@ reflect doubleAbs @-}
{-@ lazy doubleAbs @-}
doubleAbs :: Double -> Double
doubleAbs x1 = doubleAbs x1

{-@ reflect doubleSignum @-}
{-@ lazy doubleSignum @-}
doubleSignum :: Double -> Double
doubleSignum x1 = doubleSignum x1

{-@ reflect doubleSqrt @-}
{-@ lazy doubleSqrt @-}
doubleSqrt :: Double -> Double
doubleSqrt x1 = doubleSqrt x1

{-@ reflect doubleExp @-}
{-@ lazy doubleExp @-}
doubleExp :: Double -> Double
doubleExp x1 = doubleExp x1

{-@ reflect doubleLog @-}
{-@ lazy doubleLog @-}
doubleLog :: Double -> Double
doubleLog x1 = doubleLog x1

{-@ reflect doubleSin @-}
{-@ lazy doubleSin @-}
doubleSin :: Double -> Double
doubleSin x1 = doubleSin x1

{-@ reflect doubleCos @-}
{-@ lazy doubleCos @-}
doubleCos :: Double -> Double
doubleCos x1 = doubleCos x1

{-@ reflect doubleTan @-}
{-@ lazy doubleTan @-}
doubleTan :: Double -> Double
doubleTan x1 = doubleTan x1

{-@ reflect doubleAtan @-}
{-@ lazy doubleAtan @-}
doubleAtan :: Double -> Double
doubleAtan x1 = doubleAtan x1

{-@ reflect doubleEqual @-}
{-@ lazy doubleEqual @-}
doubleEqual :: Double -> Double -> Bool
doubleEqual x1 x2 = doubleEqual x1 x2

{-@ reflect doubleLess @-}
{-@ lazy doubleLess @-}
doubleLess :: Double -> Double -> Bool
doubleLess x1 x2 = doubleLess x1 x2

{-@ reflect doubleLessEqual @-}
{-@ lazy doubleLessEqual @-}
doubleLessEqual :: Double -> Double -> Bool
doubleLessEqual x1 x2 = doubleLessEqual x1 x2

{-@ reflect doubleFloorInt @-}
{-@ lazy doubleFloorInt @-}
doubleFloorInt :: Double -> Int
doubleFloorInt x1 = doubleFloorInt x1

{-@ reflect doubleCeilingInt @-}
{-@ lazy doubleCeilingInt @-}
doubleCeilingInt :: Double -> Int
doubleCeilingInt x1 = doubleCeilingInt x1

{-@ reflect doubleRoundInt @-}
{-@ lazy doubleRoundInt @-}
doubleRoundInt :: Double -> Int
doubleRoundInt x1 = doubleRoundInt x1

{-@ reflect doubleTruncateInt @-}
{-@ lazy doubleTruncateInt @-}
doubleTruncateInt :: Double -> Int
doubleTruncateInt x1 = doubleTruncateInt x1

{-@ reflect doubleFloorInteger @-}
{-@ lazy doubleFloorInteger @-}
doubleFloorInteger :: Double -> Integer
doubleFloorInteger x1 = doubleFloorInteger x1

{-@ reflect doubleCeilingInteger @-}
{-@ lazy doubleCeilingInteger @-}
doubleCeilingInteger :: Double -> Integer
doubleCeilingInteger x1 = doubleCeilingInteger x1

{-@ reflect doubleRoundInteger @-}
{-@ lazy doubleRoundInteger @-}
doubleRoundInteger :: Double -> Integer
doubleRoundInteger x1 = doubleRoundInteger x1

{-@ reflect doubleTruncateInteger @-}
{-@ lazy doubleTruncateInteger @-}
doubleTruncateInteger :: Double -> Integer
doubleTruncateInteger x1 = doubleTruncateInteger x1

{-@ reflect doubleUnequal @-}
doubleUnequal :: Double -> Double -> Bool
doubleUnequal x y = not (doubleEqual x y)

{-@ reflect doubleGreater @-}
doubleGreater :: Double -> Double -> Bool
doubleGreater x y = doubleLess y x

{-@ reflect doubleGreaterEqual @-}
doubleGreaterEqual :: Double -> Double -> Bool
doubleGreaterEqual x y = doubleLessEqual y x

{-@ reflect doubleSum @-}
doubleSum :: [Double] -> Double
doubleSum xs = foldl doublePlus 0.0 xs

{-@ reflect doubleProduct @-}
doubleProduct :: [Double] -> Double
doubleProduct xs = foldl doubleTimes 1.0 xs

{-@ reflect singleton @-}
singleton :: a -> [a]
singleton x = [x]

{-@ reflect bindList @-}
bindList :: [a] -> (a -> [b]) -> [b]
bindList xs f = concatMap f xs
