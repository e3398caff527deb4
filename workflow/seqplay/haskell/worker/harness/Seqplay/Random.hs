{-# LANGUAGE UnboxedTuples #-}

-- | A small seeded random supply (SplitMix64), equal on every machine, and the monad that inputs are drawn in.
module Seqplay.Random
  ( Gen
  , runGen
  , below
  , between
  , oneOf
  , weighted
  , chance
  , recall
  , remember
  , Memory (..)
  , noMemory
  ) where

import Data.Bits (shiftR, xor)
import Data.Word (Word64)
import Seqplay.Fault (fault)
import Seqplay.Value (Value)

-- | What was drawn so far, so that later values can equal or resemble earlier ones: many programs turn on that.
-- Lists go with the label of their elements' shape; the number is how many values of the program's own types there are.
data Memory = Memory {wholes :: [Integer], texts :: [String], characters :: [Char], lists :: [(String, [Value])], grown :: !Int}

noMemory :: Memory
noMemory = Memory [] [] [] [] 0

newtype Gen a = Gen (Word64 -> Memory -> (# a, Word64, Memory #))

instance Functor Gen where
  {-# INLINE fmap #-}
  fmap f (Gen g) = Gen (\s m -> case g s m of (# x, s', m' #) -> (# f x, s', m' #))

instance Applicative Gen where
  {-# INLINE pure #-}
  pure x = Gen (\s m -> (# x, s, m #))
  {-# INLINE (<*>) #-}
  Gen f <*> Gen g = Gen (\s m -> case f s m of (# h, s', m' #) -> case g s' m' of (# x, s'', m'' #) -> (# h x, s'', m'' #))

instance Monad Gen where
  {-# INLINE (>>=) #-}
  Gen g >>= k = Gen (\s m -> case g s m of (# x, s', m' #) -> case k x of Gen h -> h s' m')

-- | Draw with a seed and the number of the draw.
runGen :: Integer -> Int -> Gen a -> a
runGen seed index (Gen g) = case g (mix (fromInteger seed `xor` mix (fromIntegral index))) noMemory of (# x, _, _ #) -> x

golden :: Word64
golden = 0x9e3779b97f4a7c15

mix :: Word64 -> Word64
mix z0 = z3 `xor` (z3 `shiftR` 31)
  where
    z1 = z0 + golden
    z2 = (z1 `xor` (z1 `shiftR` 30)) * 0xbf58476d1ce4e5b9
    z3 = (z2 `xor` (z2 `shiftR` 27)) * 0x94d049bb133111eb

next :: Gen Word64
next = Gen (\s m -> let r = mix s; after = s + golden in r `seq` after `seq` (# r, after, m #))

-- | Uniform in @[0, n - 1]@, for @n >= 1@ of any size.
below :: Integer -> Gen Integer
below n
  | n <= 1 = pure 0
  | n <= 4294967296 = fmap (\w -> toInteger (w `mod` fromInteger n)) next
  | otherwise = fmap (`mod` n) (wide (2 + length (takeWhile (< n) (iterate (* 2 ^ (64 :: Int)) 1))))
  where
    wide :: Int -> Gen Integer
    wide 0 = pure 0
    wide k = (\w rest -> toInteger w + 2 ^ (64 :: Int) * rest) <$> next <*> wide (k - 1)

between :: Integer -> Integer -> Gen Integer
between lo hi = fmap (+ lo) (below (hi - lo + 1))

oneOf :: [a] -> Gen a
oneOf xs = fmap (\i -> case drop (fromInteger i) xs of x : _ -> x; [] -> fault "no choice") (below (toInteger (length xs)))

weighted :: [(Int, Gen a)] -> Gen a
weighted choices = below (toInteger (sum (map fst choices))) >>= pick choices . fromInteger
  where
    pick ((w, g) : rest) n
      | n < w || null rest = g
      | otherwise = pick rest (n - w)
    pick [] _ = fault "no choice"

-- | True once in so many times.
chance :: Integer -> Gen Bool
chance n = fmap (== 0) (below n)

recall :: Gen Memory
recall = Gen (\s m -> (# m, s, m #))

remember :: (Memory -> Memory) -> Gen ()
remember f = Gen (\s m -> (# (), s, f m #))
