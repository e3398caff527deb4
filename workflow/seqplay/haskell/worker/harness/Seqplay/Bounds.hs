-- | Array bounds as boxes of whole numbers: an index is a row of coordinates, one for each of its axes.
--
-- Whole numbers, characters, enumerations, and tuples of them, are indices whose @Ix@ instance is known. A type with an
-- instance of its own is taken to have the derived one; an array that this makes impossible is no input.
module Seqplay.Bounds
  ( Axis (..)
  , Box (..)
  , axes
  , room
  , cells
  , boxesOf
  , placed
  , boxBetween
  , ends
  , arrayOf
  ) where

import Data.Char (chr, ord)
import Seqplay.Codec (Constructor (..), Shape (..))
import Seqplay.Fault (fault)
import Seqplay.Value

-- | The coordinates that an axis has (no end: none), and the one at which arrays begin by default.
data Axis = Axis {lowest :: Maybe Integer, highest :: Maybe Integer, usual :: Integer}

-- | The first and the last index; empty where a last coordinate lies before the first.
data Box = Box [Integer] [Integer]

-- | The axes of an index, none where values of the shape are no indices.
axes :: Shape -> Maybe [Axis]
axes s = case s of
  WholeShape lo hi -> Just [Axis lo hi 0]
  CharacterShape -> Just [Axis (Just 0) (Just (toInteger (ord maxBound))) (toInteger (ord 'a'))]
  TupleShape ss -> concat <$> mapM axes ss
  DataShape _ [Constructor _ ss] | not (null ss) -> concat <$> mapM axes ss
  DataShape _ cs | all (null . constructorFields) cs -> Just [Axis (Just 0) (Just (toInteger (length cs) - 1)) 0]
  _ -> Nothing

-- | How many indices a box has.
room :: Box -> Integer
room (Box from to) = product (zipWith (\l h -> max 0 (h - l + 1)) from to)

-- | The indices of a box in the order of @range@.
cells :: Box -> [[Integer]]
cells (Box from to) = sequence (zipWith (\l h -> [l .. h]) from to)

-- | Boxes with exactly so many indices, from the usual beginning and from one after it; none where the axes are too short.
boxesOf :: [Axis] -> Integer -> [Box]
boxesOf as n = concat [boxes start | start <- [map usual as, map ((+ 1) . usual) as]]
  where
    boxes start = [box | lengths <- splits (length as), Just box <- [placed as start lengths]]
    splits k
      | k == 0 = [[] | n == 1]
      | n == 0 = [0 : replicate (k - 1) 1]
      | otherwise = factors k n
    factors 1 m = [[m]]
    factors k m = [d : rest | d <- [1 .. m], m `mod` d == 0, rest <- factors (k - 1) (m `div` d)]

-- | The box of these lengths from a beginning on, moved inside the axes where it sticks out.
placed :: [Axis] -> [Integer] -> [Integer] -> Maybe Box
placed as from lengths = uncurry Box . unzip <$> sequence (zipWith3 one as from lengths)
  where
    one (Axis lo hi _) start n
      | ok start' = Just (start', start' + n - 1)
      | otherwise = Nothing
      where
        start' = maybe id max least (maybe id min most start)
        -- An empty axis ends before it begins, and both ends must be coordinates.
        least = (if n == 0 then (+ 1) else id) <$> lo
        most = (\h -> if n == 0 then h else h - n + 1) <$> hi
        ok k = maybe True (<= k) least && maybe True (>= k) most

-- | An index of a shape from its coordinates.
index :: Shape -> [Integer] -> Value
index shape_ row = case go shape_ row of
  (v, []) -> v
  _ -> fault "too many coordinates"
  where
    go s ns = case (s, ns) of
      (WholeShape _ _, n : rest) -> (Whole n, rest)
      (CharacterShape, n : rest) -> (Character (chr (fromInteger n)), rest)
      (TupleShape ss, _) -> let (vs, rest) = several ss ns in (Tuple vs, rest)
      (DataShape _ [Constructor name ss], _) | not (null ss) -> let (vs, rest) = several ss ns in (Data 0 name vs, rest)
      (DataShape _ cs, n : rest) | Constructor name _ : _ <- drop (fromInteger n) cs -> (Data (fromInteger n) name [], rest)
      _ -> fault "too few coordinates"
    several ss ns = case ss of
      [] -> ([], ns)
      s : more -> let (v, rest) = go s ns; (vs, end) = several more rest in (v : vs, end)

-- | The box between two indices.
boxBetween :: Value -> Value -> Box
boxBetween from to = Box (coordinates from) (coordinates to)
  where
    coordinates v = case v of
      Whole n -> [n]
      Character c -> [toInteger (ord c)]
      Tuple vs -> concatMap coordinates vs
      Data n _ [] -> [toInteger n]
      Data _ _ vs -> concatMap coordinates vs
      _ -> fault "not an index"

-- | The bounds of a box, as a pair of indices.
ends :: Shape -> Box -> Value
ends s (Box from to) = Tuple [index s from, index s to]

-- | The array with these bounds and as many of these elements as it has room for.
arrayOf :: Shape -> Box -> [Value] -> Value
arrayOf s box es = Call "Data.Array.listArray" [ends s box, List (take (fromInteger (room box)) es)]
