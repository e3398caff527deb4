-- | Differential testing of two programs, and shrinking of an input on which they differ.
module Seqplay.Compare
  ( Instance (..)
  , Settings (..)
  , Stop (..)
  , Report (..)
  , Found (..)
  , Tally (..)
  , Measure (..)
  , Constants (..)
  , compareAll
  , Input (..)
  , Coverage (..)
  ) where

import Data.Bits (setBit, shiftL, shiftR, testBit)
import qualified Data.IntSet as IntSet
import Data.Int (Int64)
import Data.Word (Word64)
import Seqplay.Codec (Prepared (..), Shape (..), Subject (..))
import Seqplay.Evaluate
import Seqplay.Generate
import Seqplay.Guide
import Seqplay.Probe (Trace (..), forget, traced)
import Seqplay.Shrink (shrinks)
import Seqplay.Value
import System.Mem (getAllocationCounter)

-- | P and Q at one instance of their type variables.
data Instance = Instance {left :: Subject, right :: Subject}

data Settings = Settings
  { seed :: Integer
  , evaluations :: Int
  -- ^ Inputs per instance.
  , shrinking :: Int
  -- ^ Most evaluations that shrinking may take.
  , patience :: Int
  -- ^ Inputs that did not end after which an instance is given up.
  , mostInconclusive :: Int
  -- ^ The same, those counted too whose output was too long.
  , mostWork :: Int
  -- ^ Work ('spent') after which an instance ends, once so many inputs agreed; after three times as much it ends anyway.
  , least :: Int
  , stop :: Stop
  , limits :: Limits
  , constants :: Constants
  , report :: Tally -> IO ()
  -- ^ Called before each evaluation, so that a supervisor sees which one hangs.
  , watching :: (Int, Int)
  -- ^ How many probes and comparisons the programs have; none: nothing is known of what an input reaches.
  , guiding :: Bool
  -- ^ Whether inputs are made from what others reached.
  , covering :: Bool -> Int -> IO ()
  -- ^ Called for each probe that is covered: whether both programs returned, and its number.
  , showing :: Maybe Int
  -- ^ Go on as far as this place, and show the input there instead of trying it.
  }

-- | Where a run stops at an input on which one of the two ends and the other does not: it is to be looked at with longer
-- limits. Anywhere: where it is time that the other has not enough of.
data Stop = Nowhere | AtSmall | Anywhere deriving (Eq)

-- | An input as it is written, and whether it is so small that a program which does not end there is not just slow.
data Input = Input {written :: [String], small :: Bool}

-- | How far a run has come. The ceilings are the smallest inputs that did not end: larger ones are passed over, and so
-- are kinds of input (negative numbers, say) of which several did not end and none did.
data Tally = Tally
  { position :: Int
  -- ^ Turns: inputs that were tried or passed over.
  , taken :: Int
  -- ^ Of them from the supply; the others were made from what earlier ones reached.
  , agreed :: Int
  , bothReturned :: Int
  -- ^ Of those that agreed: both gave a value, and did not throw.
  , inconclusive :: Int
  , unbuilt :: Int
  -- ^ Inputs that could not be built, on which nothing was run.
  , spent :: !Int
  -- ^ Work: KiB that the evaluations allocated. The same on a busy machine as on a quiet one, which time is not.
  , numberCeiling :: Maybe Integer
  , sizeCeiling :: Maybe Int
  , hung :: [Int]
  -- ^ Marks of the inputs that did not end: kind and fingerprint.
  , covered :: Coverage
  , endedKinds :: Word64
  -- ^ A bit for each kind (up to collisions) of which an input ended.
  , trying :: Measure
  , mark :: Int
  -- ^ Of the input that is being tried.
  , searching :: Bool
  -- ^ False once a difference is found and only shrinking goes on.
  }

-- | Probes that agreeing inputs reached on which both programs returned, and those on which both threw alike.
data Coverage = Coverage {byReturning :: !IntSet.IntSet, byThrowing :: !IntSet.IntSet}

data Found = Found {arguments :: [String], leftOutcome :: Outcome, rightOutcome :: Outcome}

data Report
  = Differ Tally Found
  | -- | No difference; whether the whole domain was tried.
    Agree Tally Bool
  | -- | The heap limit was hit: this worker must go, and the run goes on in a fresh one.
    Exhausted Tally
  | -- | One ended and the other did not, within the limits of this run.
    OneSided Tally Input
  | -- | The harness failed while a program ran.
    Broken String
  | -- | The input that was asked for.
    Shown Input

-- | Run one instance over its inputs: every second or third turn takes what comes next in the supply, the others an input
-- made from what earlier ones reached.
compareAll :: Settings -> Tally -> Instance -> IO Report
compareAll settings start inst = withWatch (\watch -> compareWatched watch settings start inst)

compareWatched :: Watch -> Settings -> Tally -> Instance -> IO Report
compareWatched watch settings start inst = go start newGuide (drop (taken start) supply)
  where
    shapes_ = shapes (left inst)
    finite = maybe False (<= toInteger (evaluations settings)) (cardinality (TupleShape shapes_))
    -- The supply is planned for its part of the turns.
    supply = inputs (constants settings) (seed settings) (if guided then max 100 (evaluations settings `div` turns) else evaluations settings) shapes_
    -- One turn of so many goes on with the supply.
    turns = if evaluations settings < 600 then 2 else 3
    isGuided tally = position tally `mod` turns /= 0
    guided = guiding settings && not finite && watching settings /= (0, 0)
    givenUp tally = length (hung tally) > patience settings || inconclusive tally > mostInconclusive settings
    go tally guide remaining
      | not finite, agreed tally + inconclusive tally >= evaluations settings = pure (Agree tally False)
      | spent tally >= mostWork settings, agreed tally >= least settings || spent tally >= 3 * mostWork settings = pure (Agree tally False)
      | position tally > 4 * evaluations settings || givenUp tally = pure (Agree tally False)
      | guided
      , position tally >= 16
      , isGuided tally
      , Just (vs, guide') <- proposal (constants settings) (seed settings) (position tally) shapes_ guide =
          try_ tally guide' remaining vs
      | otherwise = case remaining of
          [] -> pure (Agree tally finite)
          vs : rest -> try_ tally {taken = taken tally + 1} guide rest vs
    try_ tally guide remaining vs
      | showing settings == Just (position tally) = pure (Shown (inputOf vs))
      -- Of a type with few values they come again in the supply, and count.
      | guided && isKnown number guide && isGuided tally || pointless = go turned guide remaining
      | otherwise = do
          report settings tally {trying = measure vs, mark = number + kind vs `shiftL` 48}
          before <- getAllocationCounter
          trial <- both watch settings inst vs
          after <- getAllocationCounter
          let next = turned {spent = spent tally + workOf (limits settings) trial (before - after)}
          case trial of
            Unbuilt -> go next {unbuilt = unbuilt tally + 1} (known number guide) remaining
            Tried p q -> do
              trace <- if guided || watching settings /= (0, 0) then traced (watching settings) else pure (Trace [] [] [] [] 0 [])
              let ended = conclusive p && conclusive q
                  guide' = if guided then (if ended then learnt shapes_ vs trace p else id) (known number guide) else guide
              judge next guide' vs number trace remaining (p, q)
      where
        number = fingerprint vs
        turned = tally {position = position tally + 1}
        pointless = beyond tally vs || number `elem` map fingerprintOf (hung tally) || hopeless tally vs
    judge tally guide vs number trace rest (p, q)
      | Faulted text <- p = pure (Broken text)
      | Faulted text <- q = pure (Broken text)
      | exhausted p || exhausted q = pure (Exhausted (doubt tally vs number))
      | stops settings vs (p, q) = pure (OneSided (doubt tally vs number) (inputOf vs))
      | flooded p || flooded q = go tally {inconclusive = inconclusive tally + 1} guide rest
      | not (conclusive p && conclusive q) = go (doubt tally vs number) guide rest
      | sameOutcome p q = do
          reached <- covering_ (returned p) trace (covered tally)
          go tally {agreed = agreed tally + 1, bothReturned = bothReturned tally + fromEnum (returned p), endedKinds = setBit (endedKinds tally) (kind vs), covered = reached} guide rest
      | otherwise = do
          -- At this input a fresh worker goes on if this one is lost while it shrinks: the difference stays found.
          let found = tally {position = position tally - 1, searching = False}
          Differ found <$> smallest watch settings (report settings found) inst vs (p, q)
    covering_ value trace known_ = do
      let before = (if value then byReturning else byThrowing) known_
          new = [n | (n, _) <- hits trace, n `IntSet.notMember` before]
          after = foldr IntSet.insert before new
      mapM_ (covering settings value) new
      pure (if value then known_ {byReturning = after} else known_ {byThrowing = after})

-- | The fingerprint in a mark, and the kind.
fingerprintOf, kindOfMark :: Int -> Int
fingerprintOf m = m - kindOfMark m `shiftL` 48
kindOfMark m = m `shiftR` 48

inputOf :: [Value] -> Input
inputOf vs = Input (map renderArgument vs) (isSmall vs)

-- | No number beyond 20 and at most 8 nodes: what takes exponentially long there still ends in seconds.
isSmall :: [Value] -> Bool
isSmall vs = nodes (measure vs) <= 8 && all modest vs
  where
    modest v = case v of
      Whole n -> abs n <= 20
      Real d -> abs d <= 20
      List ws -> all modest ws
      Tuple ws -> all modest ws
      Data _ _ ws -> all modest ws
      Call _ ws -> all modest ws
      _ -> True

stops :: Settings -> [Value] -> (Outcome, Outcome) -> Bool
stops settings vs (p, q) = conclusive p /= conclusive q && case stop settings of
  Nowhere -> False
  AtSmall -> isSmall vs
  Anywhere -> isSmall vs || timedOut p || timedOut q

timedOut :: Outcome -> Bool
timedOut o = case o of
  TimedOut -> True
  _ -> False

flooded :: Outcome -> Bool
flooded o = case o of
  Flooded _ -> True
  _ -> False

exhausted :: Outcome -> Bool
exhausted o = case o of
  OutOfMemory -> True
  _ -> False

-- | What came of an input: it could not be built, or each program ended somehow.
data Trial = Unbuilt | Tried Outcome Outcome

-- | What an input cost, of so many bytes allocated. One that did not end counts the same whenever it was ended: what one
-- evaluation may cost.
workOf :: Limits -> Trial -> Int64 -> Int
workOf most trial bytes = case trial of
  Tried p q | any unended [p, q] -> kibibytes most
  _ -> fromIntegral (bytes `div` 1024)
  where
    unended o = not (conclusive o || flooded o)

-- | Build an input for both programs, then run both on it. Building runs code of the programs too (a key's order), so
-- it has the same limits.
both :: Watch -> Settings -> Instance -> [Value] -> IO Trial
both watch settings inst vs = do
  forget (watching settings)
  ready <- evaluateWithin watch (limits settings) (built forLeft `seq` built forRight `seq` Tuple [])
  case ready of
    Returned _ -> run
    Threw _ _ -> pure Unbuilt
    Faulted _ -> pure Unbuilt
    _ -> pure (Tried ready ready)
  where
    forLeft = prepare (left inst) vs
    forRight = prepare (right inst) vs
    run = do
      p <- evaluateWithin watch (limits settings) (outcome forLeft)
      q <- if conclusive p || asked && not (exhausted p) then evaluateWithin watch (limits settings) (outcome forRight) else pure p
      pure (Tried p q)
    asked = stop settings == Anywhere || stop settings == AtSmall && isSmall vs

-- | Whether an input is at least as large as one that did not end.
beyond :: Tally -> [Value] -> Bool
beyond tally vs = maybe False (magnitude m >=) (numberCeiling tally) || maybe False (nodes m >=) (sizeCeiling tally)
  where
    m = measure vs

-- | Whether several inputs of this kind did not end, and none did. Now and then another is tried.
hopeless :: Tally -> [Value] -> Bool
hopeless tally vs = k < 63 && length (filter ((== k) . kindOfMark) (hung tally)) >= 3 + position tally `div` 1000 && not (testBit (endedKinds tally) k)
  where
    k = kind vs

-- | The kind of an input, up to collisions in 64: the signs of its numbers that are arguments by themselves. Without
-- any, all inputs are of one kind, number 63, which is never hopeless.
kind :: [Value] -> Int
kind vs = if null signs then 63 else foldl (\k s -> (k * 3 + s) `mod` 61) 0 signs
  where
    signs = [sign n | Whole n <- vs]
    sign n = case compare n 0 of LT -> 2; EQ -> 0; GT -> 1

-- | Count an input that did not end, and from the third on pass over inputs as large as it is; where it is huge, at
-- once, and over much smaller ones too (the supervisor's side of this is ``Tally.resume``).
doubt :: Tally -> [Value] -> Int -> Tally
doubt tally vs number
  | magnitude m > huge = counted {numberCeiling = Just (maybe id min (numberCeiling tally) (root (magnitude m)))}
  | length (hung counted) < 3 = counted
  | magnitude m > 30 = counted {numberCeiling = Just (maybe id min (numberCeiling tally) (magnitude m))}
  | nodes m > 8 = counted {sizeCeiling = Just (maybe id min (sizeCeiling tally) (nodes m))}
  | otherwise = counted
  where
    counted = tally {inconclusive = inconclusive tally + 1, hung = hung tally ++ [number + kind vs `shiftL` 48]}
    m = measure vs
    huge = 1000000
    root n = head (dropWhile (\r -> r * r < n) (iterate (* 2) 1))

-- | Shrink greedily: the first smaller input that still tells the programs apart, again and again. Says before each
-- evaluation that it is alive.
smallest :: Watch -> Settings -> IO () -> Instance -> [Value] -> (Outcome, Outcome) -> IO Found
smallest watch settings alive inst = go (shrinking settings)
  where
    go budget vs outcomes = try_ budget (candidates vs)
      where
        done = pure (Found (map renderArgument vs) (fst outcomes) (snd outcomes))
        try_ b _ | b <= 0 = done
        try_ _ [] = done
        try_ b (ws : rest) = do
          alive
          trial <- both watch settings inst ws
          case trial of
            Tried p q
              | conclusive p && conclusive q && not (sameOutcome p q) -> go (b - 1) ws (p, q)
              | exhausted p || exhausted q -> done
            _ -> try_ (b - 1) rest
    candidates vs = concat (zipWith one [0 ..] (zip vs (shapes (left inst))))
      where
        one i (v, s) = [take i vs ++ w : drop (i + 1) vs | w <- shrinks s v]
