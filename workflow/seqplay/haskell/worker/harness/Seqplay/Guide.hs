-- | Which input to try next, from what the ones before reached.
--
-- An input that reaches something new is kept: a probe, or one more often than before; operands of a comparison nearer to
-- each other; an outcome of another kind. Inputs that were kept are changed again, and where one failed a comparison, what
-- it was compared with is tried in its place. Nothing here depends on time or on anything but seed and what was reached.
module Seqplay.Guide
  ( Guide
  , newGuide
  , learnt
  , proposal
  , isKnown
  , known
  , fingerprint
  ) where

import Data.Bits (shiftL, shiftR, xor, (.&.))
import Data.Char (ord)
import qualified Data.IntMap.Strict as IntMap
import qualified Data.IntSet as IntSet
import Data.List (foldl', sortOn)
import qualified Data.Sequence as Seq
import Seqplay.Codec (Shape)
import Seqplay.Evaluate (Outcome (..))
import Seqplay.Generate (Constants, Measure (..), measure)
import Seqplay.Mutate
import Seqplay.Probe (Operands (..), Trace (..))
import Seqplay.Random
import Seqplay.Value

-- | An input that was kept, what it reached, and the operands of comparisons that failed on it.
data Entry = Entry {kept :: [Value], features_ :: [Int], operands_ :: [Operands]}

-- | The input on which the operands of a comparison were the nearest, how far apart they were, and how many inputs have
-- been made from it.
data Near = Near {gap :: !Integer, uses :: !Int, way :: !Int, nearEntry :: Entry, asking_ :: Operands}

-- | What is known so far.
data Guide = Guide
  { features :: !IntSet.IntSet
  -- ^ What was reached, each as a number.
  , common :: !(IntMap.IntMap Int)
  -- ^ Of the probes and ways, by how many inputs.
  , corpus :: !(Seq.Seq Entry)
  -- ^ Inputs that reached something new, the latest first.
  , telling :: !(Seq.Seq Entry)
  -- ^ Of them those that went a new way, not just further on a known one.
  , waiting :: !(Seq.Seq [Value])
  -- ^ Inputs that failed comparisons ask for.
  , askedFor :: !(IntMap.IntMap Int)
  -- ^ How many inputs each comparison has asked for.
  , nearest :: !(IntMap.IntMap Near)
  -- ^ For each way through the programs, each comparison that fails on it, and each size of input.
  , tried :: !IntSet.IntSet
  -- ^ Fingerprints of all inputs.
  }

newGuide :: Guide
newGuide = Guide IntSet.empty IntMap.empty Seq.empty Seq.empty Seq.empty IntMap.empty IntMap.empty IntSet.empty

-- | A number for an input: equal for equal ones, by what they are made of.
fingerprint :: [Value] -> Int
fingerprint = (.&. 0xffffffffffff) . foldl' value 0x4bf29ce48422
  where
    value :: Int -> Value -> Int
    value h v = case v of
      Whole n
        | abs n < 2 ^ (62 :: Int) -> h `with` 1 `with` fromInteger n
        | otherwise -> text (h `with` 2) (show n)
      Real x -> text (h `with` 3) (show x)
      Single x -> text (h `with` 4) (show x)
      Character c -> h `with` 5 `with` ord c
      Text t -> text (h `with` 6) t
      List ws -> foldl' value (h `with` 7) ws `with` 8
      Tuple ws -> foldl' value (h `with` 9) ws `with` 10
      Data n _ ws -> foldl' value (h `with` 11 `with` n) ws `with` 12
      Call name ws -> foldl' value (text (h `with` 13) name) ws `with` 14
      Function t _ -> text (h `with` 15) t
    text = foldl' (\h c -> h `with` ord c)
    with h n = let m = (h `xor` n) * 1099511628211 in m `xor` (m `shiftR` 29)

isKnown :: Int -> Guide -> Bool
isKnown mark guide = mark `IntSet.member` tried guide

known :: Int -> Guide -> Guide
known mark guide = guide {tried = IntSet.insert mark (tried guide)}

-- | An input costs much where its evaluation hits probes so often, beyond the first times. None is made from one that only
-- went further on a known way: else inputs climb to what just ends in time, and a comparison takes a minute.
heavy :: Trace -> Bool
heavy trace = work trace > 20000

-- | Take in what an input reached and what came of it.
learnt :: [Shape] -> [Value] -> Trace -> Outcome -> Guide -> Guide
learnt shapes vs trace outcome guide
  | heavy trace && not newWay = guide {common = counted, features = foldl' (flip IntSet.insert) (features guide) new}
  | null new = guide {common = counted, nearest = nearer}
  | otherwise =
      guide
        { nearest = nearer
        , features = foldl' (flip IntSet.insert) (features guide) new
        , common = counted
        , corpus = Seq.take 250 (entry Seq.<| corpus guide)
        , telling = if newWay then Seq.take 250 (entry Seq.<| telling guide) else telling guide
        , waiting = Seq.take 200 (Seq.fromList asked Seq.>< waiting guide)
        , askedFor = foldl' (\m o -> IntMap.insertWith (+) (site o) 1 m) (askedFor guide) asking
        }
  where
    entry = Entry vs ways compared
    nearer = foldl' closer (nearest guide) [(path * 65537 + 16 * site o + sizeClass (nodes (measure vs)), d, o) | s <- sites, o <- take 1 (ofSite s), Just d <- [apart o]]
    closer m (k, d, o) = case IntMap.lookup k m of
      Just known_ | gap known_ <= d -> m
      Nothing | IntMap.size m >= 200 -> m
      _ -> IntMap.insert k (Near d 0 path entry o) m
    newWay = any isNew (ways ++ followed)
    ways = path : [16 * p | (p, _) <- hits trace] ++ places
    new = filter isNew (ways ++ followed ++ reached ++ near ++ [path + 1 + sizeClass (nodes (measure vs)), came])
    isNew f = f `IntSet.notMember` features guide
    counted = foldl' (\m f -> IntMap.insertWith (+) f 1 m) (common guide) ways
    reached = [16 * p + bucket n | (p, n) <- hits trace]
    near = [1000000 + 256 * c + n | (c, n) <- nearness trace]
    places = [10000000 + 256 * c + i | (c, i) <- matched trace]
    followed = map (50000000 +) (stepsTaken trace)
    -- All that was reached at once; with one more, by an input of about this size.
    path = 200000000 + 16 * (foldl' (\h (p, _) -> (h * 131 + p + 1) .&. 0xffffff) 7 (hits trace))
    came = 100000000 + kindOf outcome
    -- At once for the comparisons that asked for the fewest so far; the others when the input is changed.
    asked = filter (\ws -> fingerprint ws `IntSet.notMember` tried guide) (take (if newWay then 20 else 5) (interleaved [take 14 (substituted shapes vs o) | o <- asking]))
    asking = take (if newWay then 10 else 3) (map snd (sortOn fst [(IntMap.findWithDefault 0 (site o) (askedFor guide), o) | o <- compared]))
    -- Of each comparison the two latest and the earliest.
    compared = take 24 (concat [take 2 (ofSite s) ++ take 1 (reverse (drop 2 (ofSite s))) | s <- sites])
    sites = IntSet.toList (IntSet.fromList (map site (failed trace)))
    ofSite s = filter ((== s) . site) (failed trace)

-- | How far apart the operands of a failed comparison were, where that is a number.
apart :: Operands -> Maybe Integer
apart o = case (leftOperand o, rightOperand o) of
  (Whole x, Whole y) -> Just (abs (x - y))
  _ -> Nothing

interleaved :: [[a]] -> [a]
interleaved lists = case filter (not . null) lists of
  [] -> []
  some -> map head some ++ interleaved (map tail some)

sizeClass :: Int -> Int
sizeClass n = length (takeWhile (< n) [2, 4, 6, 9, 14, 25, 60])

-- | How often, coarsely.
bucket :: Int -> Int
bucket n
  | n <= 3 = n
  | n <= 7 = 4
  | n <= 15 = 5
  | n <= 31 = 6
  | n <= 127 = 7
  | otherwise = 8

-- | A kind of outcome: how it ended, how it begins and how long it is, coarsely.
kindOf :: Outcome -> Int
kindOf o = case o of
  Returned t -> 1 + 32 * start (take 2 t) + bucket (min 1000 (length (take 300 t)))
  Threw name message -> 16 + 32 * start (name ++ take 8 message)
  _ -> 0
  where
    start t = foldl' (\h c -> (h * 31 + ord c) .&. 0xfff) 7 t `shiftL` 1

-- | An input to try instead of one from the supply; none where nothing was kept. The number is that of the turn.
proposal :: Constants -> Integer -> Int -> [Shape] -> Guide -> Maybe ([Value], Guide)
proposal constants seed turn shapes guide = case Seq.viewl (waiting guide) of
  vs Seq.:< rest | (turn `div` 2) `mod` 2 == 0 || null (corpus guide) -> Just (vs, guide {waiting = rest})
  _ | (turn `div` 4) `mod` 4 /= 0, Just (k, near) <- approached -> Just (runGen seed (turn + 1000003) (towards near), guide {nearest = IntMap.insert k near {uses = uses near + 1} (nearest guide)})
    | null (corpus guide) -> Nothing
    | otherwise -> Just (runGen seed (turn + 1000003) drawn, guide)
  where
    -- The one that the fewest inputs were made from since it was met, as long as these are not many.
    -- One that none was made from comes first, so that the others need not be looked at; those of one way are neighbours.
    approached = rarest (IntMap.toAscList (nearest guide)) Nothing maxBound 0 1
    rarest :: [(Int, Near)] -> Maybe (Int, Near) -> Int -> Int -> Int -> Maybe (Int, Near)
    rarest entries best least before times = case entries of
      [] -> case best of
        Just (_, near) | uses near < 200 -> best
        _ -> Nothing
      found@(_, near) : rest
        | uses near == 0 -> Just found
        | made < least -> rarest rest (Just found) made (way near) taking
        | otherwise -> rarest rest best least (way near) taking
        where
          taking = if way near == before then times else IntMap.findWithDefault 1 (way near) (common guide)
          made = uses near * taking
    towards near = nudged (Material constants [asking_ near] []) shapes (kept (nearEntry near)) (asking_ near)
    -- Of four inputs the one that reached what the fewest did; every other time among the latest ones.
    drawn = do
      any_ <- chance 3
      recent <- chance 2
      let from = if any_ || null (telling guide) then corpus guide else telling guide
          size = Seq.length from
      entries <- mapM (const (Seq.index from . fromInteger <$> below (toInteger (if recent then min 10 size else size)))) [1 .. 4 :: Int]
      others <- mapM (const (Seq.index (corpus guide) . fromInteger <$> below (toInteger (Seq.length (corpus guide))))) [1, 2 :: Int]
      let chosen = entries !! snd (minimum (zip (map rarity entries) [0 ..]))
          changedAnyhow = mutated (Material constants (operands_ chosen) (map kept others)) shapes (kept chosen)
      asking <- below 5
      if asking < 2 && not (null (operands_ chosen))
        then do
          found <- substituted shapes (kept chosen) <$> oneOf (operands_ chosen)
          if null found then changedAnyhow else oneOf found
        else changedAnyhow
    rarity entry = minimum (map (\f -> IntMap.findWithDefault 0 f (common guide)) (features_ entry))
