-- | Values at the edges of a type, most telling first: where overflow, emptiness and odd numbers begin.
--
-- Each edge of each argument is tried whatever the seed, as far as the budget goes.
module Seqplay.Boundary
  ( edges
  , wholeEdges
  , near
  , crossed
  ) where

import Data.List (nub)
import Seqplay.Bounds (arrayOf, axes, boxesOf)
import Seqplay.Codec (Constructor (..), Shape (..))
import Seqplay.Value

-- | The edges of a shape. None for functions, whose edges nobody knows.
edges :: Shape -> [Value]
edges = at (3 :: Int)
  where
    at depth s = case s of
      WholeShape lo hi -> map Whole (wholeEdges lo hi)
      FloatingShape -> map Real [0, -0.0, 0 / 0, 1 / 0, -1 / 0, 1, -1, 0.5, 1.0e308, -1.0e308, 5.0e-324, 9007199254740993]
      CharacterShape -> map Character "a\0\1114111 Z9\n\128512"
      TextShape -> map Text ["", "a", " ", "\0", "\n", "aA", replicate 40 'a']
      ListShape a -> let es = at (depth - 1) a in List [] : map (\e -> List [e]) es ++ [List es | length es > 1] ++ [List (reverse es) | length es > 1] ++ [List (replicate 40 e) | e <- take 1 es]
      NonEmptyShape a -> let es = at (depth - 1) a in [Data 0 "Data.List.NonEmpty.:|" [e, List rest] | e <- es, rest <- [[], [e]]]
      TupleShape ss -> map Tuple (crossed (map (at (depth - 1)) ss))
      DataShape _ cs
        | depth <= 0 -> [Data n name [] | (n, Constructor name []) <- zip [0 ..] cs]
        | otherwise -> concat [map (Data n name) (crossed (map (at (depth - 1)) ss)) | (n, Constructor name ss) <- zip [0 ..] cs]
      CallShape name a -> map (\e -> Call name [e]) (at depth a)
      ArrayShape i e -> let es = at (depth - 1) e in arrays i ([] : map (: []) es ++ [es | length es > 1] ++ [replicate 12 x | x <- take 1 es])
      RatioShape -> [Data 0 "Data.Ratio.%" [Whole n, Whole d] | (n, d) <- [(0, 1), (1, 1), (-1, 1), (1, 2), (-1, 2), (1, 3), (2 ^ (64 :: Int), 1), (1, 2 ^ (64 :: Int))]]
      FunctionShape _ _ -> []

-- | Arrays of these elements: each in every box that it fills, beginning where arrays usually begin, and one later.
arrays :: Shape -> [[Value]] -> [Value]
arrays i = concatMap (\es -> maybe [] (\as -> [arrayOf i box es | box <- boxesOf as (toInteger (length es))]) (axes i))

-- | Zero, its neighbours, and both ends; without an end, what no machine word holds.
wholeEdges :: Maybe Integer -> Maybe Integer -> [Integer]
wholeEdges lo hi = nub (filter inside ([0, -1, maybe (2 ^ (63 :: Int)) id hi, maybe (negate (2 ^ (63 :: Int)) - 1) id lo, 1] ++ maybe [2 ^ (64 :: Int)] (\h -> [h - 1, h `div` 2 + 1]) hi ++ maybe [] (\l -> [l + 1]) lo))
  where
    inside n = maybe True (<= n) lo && maybe True (>= n) hi

-- | Values next to what the sources mention, for a shape that holds such values itself or as its elements.
near :: [Integer] -> [Double] -> [String] -> [Char] -> Shape -> [Value]
near wholes reals texts chars s = case s of
  WholeShape lo hi -> [Whole n | n <- numbers, maybe True (<= n) lo, maybe True (>= n) hi]
  FloatingShape -> map Real (nub (reals ++ map fromInteger numbers))
  CharacterShape -> map Character chars
  TextShape -> map Text (texts ++ map (: []) chars)
  ListShape a -> map (\v -> List [v]) (near wholes reals texts chars a)
  ArrayShape i e -> arrays i (map (: []) (near wholes reals texts chars e))
  _ -> []
  where
    numbers = nub (wholes ++ map (subtract 1) wholes ++ map (+ 1) wholes)

-- | Rows with a value of each column, so that each value is in some row, beside different partners. None where a column
-- is empty.
crossed :: [[a]] -> [[a]]
crossed columns
  | any null columns = []
  | otherwise = [[column !! ((i + shift) `mod` length column) | (column, shift) <- zip columns shifts] | i <- [0 .. longest - 1]]
  where
    longest = maximum (1 : map length columns)
    shifts = [0 ..]
