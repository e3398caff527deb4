-- | Smaller inputs of the same shape, most promising first.
module Seqplay.Shrink
  ( shrinks
  ) where

import qualified Data.Map as Map
import Seqplay.Bounds (Axis (..), Box (..), arrayOf, axes, boxBetween, cells)
import Seqplay.Codec (Constructor (..), Shape (..), label)
import Seqplay.Value

-- | Values that are smaller than this one. Every chain of shrinks ends.
shrinks :: Shape -> Value -> [Value]
shrinks s v = case (s, v) of
  (WholeShape lo hi, Whole n) -> map Whole (filter (inside lo hi) (smaller n))
  (FloatingShape, Real x) -> map Real (smallerReal x)
  (CharacterShape, Character c) -> map Character (simpler c)
  (TextShape, Text t) -> map Text (lists simpler t)
  (ListShape a, List vs) -> map List (lists (shrinks a) vs)
  (NonEmptyShape a, Data _ name [x, List xs]) -> [Data 0 name [y, List ys] | y : ys <- lists (shrinks a) (x : xs)]
  (TupleShape ss, Tuple vs) -> map Tuple (oneField ss vs)
  (DataShape _ cs, Data n name vs) -> parts s v ++ constants n cs ++ [Data n name ws | Constructor _ ss <- take 1 (drop n cs), ws <- oneField ss vs]
  (CallShape name a, Call _ [inner]) -> [Call name [w] | w <- shrinks a inner]
  (ArrayShape i e, Call _ [Tuple [from, to], List es]) -> smallerArrays i e (boxBetween from to) es
  (RatioShape, Data _ name [Whole n, Whole d]) -> [Data 0 name [Whole m, Whole d] | m <- smaller n] ++ [Data 0 name [Whole n, Whole e] | e <- smaller d, e > 0]
  _ -> []
  where
    inside lo hi n = maybe True (<= n) lo && maybe True (>= n) hi

-- | Fewer cells at either end of an axis, the usual beginning, smaller elements.
smallerArrays :: Shape -> Shape -> Box -> [Value] -> [Value]
smallerArrays i e box@(Box from to) es =
  [arrayOf i b (kept b) | b <- narrower]
    ++ [arrayOf i (Box start (zipWith3 (\s f t -> s + t - f) start from to)) es | start /= from]
    ++ [arrayOf i box ws | (n, v) <- zip [0 .. 60] es, w <- shrinks e v, let ws = take n es ++ w : drop (n + 1) es]
  where
    start = maybe from (map usual) (axes i)
    held = Map.fromList (zip (cells box) es)
    kept b = [v | c <- cells b, Just v <- [Map.lookup c held]]
    narrower = concat [[Box from (set k (to !! k - d) to) | d <- steps k] ++ [Box (set k (from !! k + d) from) to | d <- steps k] | k <- [0 .. length from - 1]]
    steps k = let n = to !! k - from !! k + 1 in takeWhile (> 0) (iterate (`div` 2) (min n (max 1 (n `div` 2))))
    set k x xs = take k xs ++ x : drop (k + 1) xs

-- | Closer to zero: zero itself, the positive twin, powers of four upwards, then by bisection towards the number.
smaller :: Integer -> [Integer]
smaller n
  | n == 0 = []
  | otherwise = dedup (0 : [negate n | n < 0] ++ map (signum n *) below ++ [n - n `quot` d | d <- takeWhile (<= abs n) (iterate (* 2) 2)])
  where
    below = takeWhile (< abs n) (iterate (* 4) 1)
    dedup xs = foldr (\x rest -> x : filter (/= x) rest) [] (filter (/= n) xs)

smallerReal :: Double -> [Double]
smallerReal x
  | isNaN x || isInfinite x = [0, 1]
  | x == 0 = [0 | isNegativeZero x]
  | otherwise = filter (\y -> weight y < weight x) [0, 1, abs x, fromInteger (truncate (clamp x)), x / 2]
  where
    clamp = max (-1.0e15) . min 1.0e15
    weight y = (abs y, if y < 0 then 1 else 0 :: Int, if y == fromInteger (truncate (clamp y)) then 0 else 1 :: Int)

simpler :: Char -> String
simpler c = takeWhile (/= c) "ab0 A"

-- | Drop chunks, then single items, then shrink items.
lists :: (a -> [a]) -> [a] -> [[a]]
lists item xs = dropped ++ shrunk
  where
    n = length xs
    dropped = concatMap without (takeWhile (> 0) (iterate (`div` 2) n))
    without k = [take i xs ++ drop (i + k) xs | i <- [0, k .. n - 1]]
    shrunk = [take i xs ++ y : drop (i + 1) xs | (i, x) <- zip [0 .. min 60 (n - 1)] xs, y <- item x]

oneField :: [Shape] -> [Value] -> [[Value]]
oneField ss vs = [take i vs ++ w : drop (i + 1) vs | (i, s, v) <- zip3 [0 ..] ss vs, w <- shrinks s v]

-- | Parts of the value that have its own type.
parts :: Shape -> Value -> [Value]
parts s v = case (s, v) of
  (DataShape _ cs, Data n _ vs) -> [w | Constructor _ ss <- take 1 (drop n cs), (t, w) <- zip ss vs, same t]
  _ -> []
  where
    same t = label t == label s

-- | Constructors without fields that come before this one.
constants :: Int -> [Constructor] -> [Value]
constants n cs = [Data i name [] | (i, Constructor name []) <- zip [0 .. n - 1] cs]
