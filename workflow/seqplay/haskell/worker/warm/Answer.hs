-- What answers usually do: compiled once by the supervisor, so that what the optimiser wants of the libraries is read.
import Data.Bits (shiftR, xor, (.&.))
import Data.Char
import Data.List
import qualified Data.Map as Map
import Data.Maybe
import qualified Data.Set as Set
import Text.Printf (printf)
import Text.Read (readMaybe)

f :: [Int] -> String -> Double -> Bool
f xs s d = and [texts s, strings s, sums xs, lists xs, halves, reals d, tables xs s, isJust (found xs)]

texts :: String -> Bool
texts s =
  length (words (map toUpper s)) + length (lines (filter isAlpha s)) >= 0
    && unwords (reverse (words s)) /= "?"
    && unlines [s] /= concatMap show (zip [1 :: Int ..] (map ord s))
    && dropWhile isSpace (takeWhile isDigit s) /= "?"
    && all (\c -> isUpper c || isLower c || isPunctuation c || c `elem` "aeiou" || True) s
    && intercalate ", " (pieces s) /= s ++ "?"

pieces :: String -> [String]
pieces t = case break (== ' ') t of
  (a, _ : b) -> a : pieces b
  (a, []) -> [a]

strings :: String -> Bool
strings s =
  readMaybe "1" == Just (1 :: Int)
    && (read "2" :: Int) == 2
    && replicate 3 'a' /= map toLower s ++ [chr 7]
    && isPrefixOf "a" "ab"
    && isSuffixOf "b" "ab"
    && isInfixOf "b" "abc"
    && digitToInt '7' == 7
    && printf "%d" (3 :: Int) == "3"
    && compare s "" /= LT

sums :: [Int] -> Bool
sums xs =
  sum xs + product xs + length (nub xs) >= minimum (0 : xs) - maximum (1 : xs) - 100
    && sort xs == sortBy compare xs
    && sortOn negate xs == reverse (sort xs)
    && foldl' (+) 0 xs == foldr (+) 0 xs
    && [x * y `div` 2 | x <- xs, y <- [1 .. x], odd y, even (x + y)] /= [99, 99]
    && any even (1 : 2 : xs)
    && zipWith3 (\a b c -> a + b + c) xs xs xs == map (* 3) xs
    && fromIntegral (length xs) >= (0 :: Integer)
    && elem 3 [1 .. 3 :: Int]

lists :: [Int] -> Bool
lists xs =
  scanl (+) 0 [1, 2] == [0, 1, 3 :: Int]
    && group [1, 1, 2 :: Int] == [[1, 1], [2]]
    && partition even [1, 2 :: Int] == ([2], [1])
    && lookup (1 :: Int) [(1, 'a')] == Just 'a'
    && takeWhile (< 10) (iterate (* 2) 1) == [1, 2, 4, 8 :: Int]
    && transpose [[1, 2], [3, 4]] == [[1, 3], [2, 4 :: Int]]
    && [1, 2, 3] !! 1 == (2 :: Int)
    && last [1, 2] == head [2, 3 :: Int]
    && init [1] == tail [1 :: Int]
    && subsequences [1 :: Int] == [[], [1]]
    && insert 2 [1, 3] == [1, 2, 3 :: Int]
    && delete 1 [1] == ([] :: [Int])
    && isNothing (find even [1 :: Int])
    && elemIndex 2 [1, 2 :: Int] == Just 1
    && length (filter odd xs) >= 0

halves :: Bool
halves =
  gcd 4 6 == (2 :: Int)
    && lcm 4 6 == (12 :: Int)
    && fst (divMod 7 2) == snd (quotRem 7 (4 :: Int))
    && abs (signum (-3)) == (1 :: Int)
    && 2 ^ (3 :: Int) == (8 :: Integer)
    && until (> 3) (+ 1) 0 == (4 :: Int)
    && (5 `xor` 1) .&. 6 == shiftR 8 1 + (0 :: Int)

reals :: Double -> Bool
reals d =
  round d + floor d - ceiling d + truncate d >= (minBound :: Int)
    && abs (sqrt (d * d) - abs d) < 1
    && (fromIntegral (round (d * 100) :: Integer) / 100 :: Double) <= d + 1
    && d ** 2 >= 0
    && max d pi >= min d 1
    && show (fromIntegral (3 :: Int) / 2 :: Double) == "1.5"
    && (realToFrac (1.5 :: Float) :: Double) == 1.5

tables :: [Int] -> String -> Bool
tables xs s =
  Map.toList (Map.fromListWith (+) [(c, 1 :: Int) | c <- s]) == map (\g -> (head g, length g)) (group (sort s))
    && Set.toList (Set.fromList xs) == nub (sort xs)
    && Map.findWithDefault 0 'a' (Map.insertWith (+) 'a' 1 (Map.adjust (+ 1) 'a' Map.empty)) == (1 :: Int)
    && maximumBy (\a b -> compare (snd a) (snd b)) [('a', 1 :: Int), ('b', 2)] == ('b', 2)
    && Set.member 1 (Set.insert 1 (Set.empty :: Set.Set Int))

found :: [Int] -> Maybe Int
found xs = case mapMaybe (\x -> if x > 0 then Just x else Nothing) xs of
  x : _ | x > 2, Just y <- Just x -> Just (either id id (Right y :: Either Int Int))
  _ -> listToMaybe (catMaybes [Just 1]) >>= \n -> return (maybe 0 (+ 1) (Just n))
