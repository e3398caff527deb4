{-# LANGUAGE MagicHash #-}

-- | What an evaluation reached, noted by calls that the worker puts into the programs.
--
-- Tables of this process: a program cannot name them, and an evaluation runs alone. A probe forces nothing of the
-- program's but what the comparison it stands for forces, in the same order.
module Seqplay.Probe
  ( -- * Called by instrumented code
    hit
  , outcomeOf
  , metInt
  , metChar
  , notedInt
  , notedInteger
  , notedWord
  , notedChar
  , notedDouble
  , notedText
  , soughtInt
  , soughtChar
  , soughtInteger
  , soughtText

    -- * Read by the comparison
  , Operands (..)
  , Trace (..)
  , forget
  , traced
  , mostProbes
  ) where

import Data.Bits (countLeadingZeros, finiteBitSize)
import Data.IORef
import Data.Word (Word8)
import Foreign.Marshal.Alloc (mallocBytes)
import Foreign.Marshal.Utils (fillBytes)
import Foreign.Ptr (Ptr)
import Foreign.Storable (peek, peekByteOff, poke, pokeByteOff)
import GHC.Exts (Char (C#), Char#, Int (I#), Int#)
import Seqplay.Value (Value (..))
import System.IO.Unsafe (unsafeDupablePerformIO, unsafePerformIO)

-- | Probes, and comparisons, of an item's programs at most.
mostProbes :: Int
mostProbes = 4096

-- | What a failed comparison compared.
data Operands = Operands {site :: !Int, leftOperand :: Value, rightOperand :: Value}

-- | Probes with how often they were hit (up to 255), comparisons with how near their operands came (0: equal), and the
-- operands of some that failed, the latest first. Where something was sought in a list: the place at which it was found.
-- Which probe came after which, as a number for each two. How often probes were hit beyond those 255 times.
data Trace = Trace {hits :: [(Int, Int)], nearness :: [(Int, Int)], matched :: [(Int, Int)], stepsTaken :: [Int], work :: !Int, failed :: [Operands]}

{-# NOINLINE counts #-}
counts :: Ptr Word8
counts = unsafePerformIO (mallocBytes mostProbes)

{-# NOINLINE distances #-}
distances :: Ptr Word8
distances = unsafePerformIO (mallocBytes mostProbes)

{-# NOINLINE visits #-}
visits :: Ptr Word8
visits = unsafePerformIO (mallocBytes mostProbes)

{-# NOINLINE operands #-}
operands :: IORef (Int, [Operands])
operands = unsafePerformIO (newIORef (0, []))

{-# NOINLINE found #-}
found :: IORef [(Int, Int)]
found = unsafePerformIO (newIORef [])

-- | Which probe came after which: two probes, as one number below 'mostSteps' (up to collisions).
{-# NOINLINE steps #-}
steps :: Ptr Word8
steps = unsafePerformIO (mallocBytes mostSteps)

mostSteps :: Int
mostSteps = 8191

{-# NOINLINE previous #-}
previous :: Ptr Int
previous = unsafePerformIO (mallocBytes 8)

{-# NOINLINE beyond #-}
beyond :: Ptr Int
beyond = unsafePerformIO (mallocBytes 8)

{-# NOINLINE taken #-}
taken :: IORef [Int]
taken = unsafePerformIO (newIORef [])

far :: Word8
far = 255

-- | Begin an evaluation: nothing of these first probes and comparisons is reached.
forget :: (Int, Int) -> IO ()
forget (probes, comparisons) = do
  fillBytes counts 0 (min mostProbes probes)
  fillBytes distances far (min mostProbes comparisons)
  fillBytes visits 0 (min mostProbes comparisons)
  writeIORef operands (0, [])
  writeIORef found []
  fillBytes steps 0 mostSteps
  poke previous 0
  poke beyond 0
  writeIORef taken []

-- | What was reached since.
traced :: (Int, Int) -> IO Trace
traced (probes, comparisons) = do
  hit_ <- table counts 0 probes
  near_ <- table distances far comparisons
  (_, kept) <- readIORef operands
  places <- readIORef found
  order <- readIORef taken
  more <- peek beyond
  return (Trace hit_ near_ places order more kept)
  where
    table from empty n = go from empty (min mostProbes n - 1) []
    go :: Ptr Word8 -> Word8 -> Int -> [(Int, Int)] -> IO [(Int, Int)]
    go from empty i found
      | i < 0 = return found
      | otherwise = do
          x <- peekByteOff from i
          go from empty (i - 1) (if x == empty then found else (i, fromIntegral x) : found)

{-# NOINLINE hit #-}
hit :: Int# -> ()
hit n = unsafeDupablePerformIO (count (I# n))

count :: Int -> IO ()
count n
  | n >= mostProbes = return ()
  | otherwise = do
      x <- peekByteOff counts n :: IO Word8
      if x == 255 then peek beyond >>= poke beyond . (+ 1) else pokeByteOff counts n (x + 1) >> follow n

-- | Note which probe came before.
follow :: Int -> IO ()
follow n = do
  before <- peek previous
  poke previous n
  let step = (before * 67 + n) `mod` mostSteps
  seen <- peekByteOff steps step :: IO Word8
  if seen /= 0 then return () else pokeByteOff steps step (1 :: Word8) >> modifyIORef' taken (step :)

-- | A predicate whose outcomes are the probe of this number (False) and the one after it.
{-# NOINLINE outcomeOf #-}
outcomeOf :: Int# -> (a -> Bool) -> a -> Bool
outcomeOf n f x = case f x of
  False -> unsafeDupablePerformIO (count (I# n) >> return False)
  True -> unsafeDupablePerformIO (count (I# n + 1) >> return True)

-- Before a comparison is made, its operands are noted, forced as the comparison itself will force them.

-- | What a match met instead of a literal.
{-# NOINLINE metInt #-}
metInt :: Int# -> Int# -> Int# -> ()
metInt n x l = notedInt n (I# x) (I# l)

{-# NOINLINE metChar #-}
metChar :: Int# -> Char# -> Char# -> ()
metChar n x l = notedChar n (C# x) (C# l)

{-# NOINLINE notedInt #-}
notedInt :: Int# -> Int -> Int -> ()
notedInt n a b = a `seq` b `seq` unsafeDupablePerformIO (visiting (I# n) (noted (I# n) (apart (toInteger a) (toInteger b)) (Whole (toInteger a)) (Whole (toInteger b))))

{-# NOINLINE notedInteger #-}
notedInteger :: Int# -> Integer -> Integer -> ()
notedInteger n a b = a `seq` b `seq` unsafeDupablePerformIO (visiting (I# n) (noted (I# n) (apart a b) (Whole a) (Whole b)))

{-# NOINLINE notedWord #-}
notedWord :: Int# -> Word -> Word -> ()
notedWord n a b = a `seq` b `seq` unsafeDupablePerformIO (visiting (I# n) (noted (I# n) (apart (toInteger a) (toInteger b)) (Whole (toInteger a)) (Whole (toInteger b))))

{-# NOINLINE notedChar #-}
notedChar :: Int# -> Char -> Char -> ()
notedChar n a b = a `seq` b `seq` unsafeDupablePerformIO (visiting (I# n) (noted (I# n) (apart (toInteger (fromEnum a)) (toInteger (fromEnum b))) (Character a) (Character b)))

{-# NOINLINE notedDouble #-}
notedDouble :: Int# -> Double -> Double -> ()
notedDouble n a b = a `seq` b `seq` unsafeDupablePerformIO (visiting (I# n) (noted (I# n) distance (Real a) (Real b)))
  where
    distance
      | a == b = 0
      | isNaN (a - b) || isInfinite (a - b) = 80
      | otherwise = 1 + max 0 (min 78 (exponent (a - b) + 10))

-- | Texts are walked as far as they are equal, which any comparison of them does.
{-# NOINLINE notedText #-}
notedText :: Int# -> String -> String -> ()
notedText n a b = unsafeDupablePerformIO (visiting (I# n) walked)
  where
    walked = case common 0 [] a b of
      (distance, same, left, right) -> noted (I# n) distance (Text (reverse same ++ left)) (Text (reverse same ++ right))
    -- Where one ends before the other, the other's next character is not looked at.
    common :: Int -> String -> String -> String -> (Int, String, String, String)
    common k same xs ys = case xs of
      [] -> case ys of
        [] -> (0, same, [], [])
        _ : _ -> (nearer k, same, [], [])
      x : xs' -> case ys of
        [] -> (nearer k, same, [], [])
        y : ys'
          | x == y -> if k > 200 then (1, same, [], []) else common (k + 1) (x : same) xs' ys'
          | otherwise -> (nearer k, same, [x], [y])
    nearer k = max 1 (60 - k)

-- | What is sought in a list, as @elem@ and @notElem@ do: looked at only as far as they look.
sought :: Eq a => (a -> Value) -> Int# -> a -> [a] -> ()
sought shown n x xs = unsafeDupablePerformIO (visiting (I# n) (go (0 :: Int) xs))
  where
    go i list = case list of
      y : ys
        | x == y -> modifyIORef' found (\before -> if length (take 40 before) == 40 || (I# n, i) `elem` before then before else (I# n, i) : before)
        | i > 100 -> return ()
        | otherwise -> go (i + 1) ys
      [] -> case xs of
        y : _ -> noted (I# n) 90 (shown x) (shown y)
        [] -> return ()

{-# NOINLINE soughtInt #-}
soughtInt :: Int# -> Int -> [Int] -> ()
soughtInt n = sought (Whole . toInteger) n

{-# NOINLINE soughtInteger #-}
soughtInteger :: Int# -> Integer -> [Integer] -> ()
soughtInteger n = sought Whole n

{-# NOINLINE soughtChar #-}
soughtChar :: Int# -> Char -> [Char] -> ()
soughtChar n = sought Character n

{-# NOINLINE soughtText #-}
soughtText :: Int# -> String -> [String] -> ()
soughtText n = sought Text n

-- | How many bits two numbers differ by: 0 where they are equal.
apart :: Integer -> Integer -> Int
apart a b
  | a == b = 0
  | d >= 2 ^ (63 :: Int) = 64
  | otherwise = let k = fromInteger d :: Int in finiteBitSize k - countLeadingZeros k
  where
    d = abs (a - b)

-- | A comparison in a loop is looked at so many times in an evaluation, and then left alone.
visiting :: Int -> IO () -> IO ()
visiting n look
  | n >= mostProbes = return ()
  | otherwise = do
      before <- peekByteOff visits n :: IO Word8
      if before == 255 then return () else pokeByteOff visits n (before + 1) >> look

noted :: Int -> Int -> Value -> Value -> IO ()
noted n distance a b = do
  before <- peekByteOff distances n :: IO Word8
  if fromIntegral distance < before then pokeByteOff distances n (fromIntegral distance :: Word8) else return ()
  (k, kept) <- readIORef operands
  if distance == 0 || k >= 60 then return () else writeIORef operands (k + 1, Operands n a b : kept)
