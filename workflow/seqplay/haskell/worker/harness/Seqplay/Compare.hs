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
  , inputAt
  ) where

import Data.Bits (setBit, testBit)
import Data.Word (Word64)
import Seqplay.Codec (Prepared (..), Shape (..), Subject (..))
import Seqplay.Evaluate
import Seqplay.Generate
import Seqplay.Shrink (shrinks)
import Seqplay.Value

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
  , stop :: Stop
  , limits :: Limits
  , constants :: Constants
  , report :: Tally -> IO ()
  -- ^ Called before each evaluation, so that a supervisor sees which one hangs.
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
  , agreed :: Int
  , bothReturned :: Int
  -- ^ Of those that agreed: both gave a value, and did not throw.
  , inconclusive :: Int
  , unbuilt :: Int
  -- ^ Inputs that could not be built, on which nothing was run.
  , numberCeiling :: Maybe Integer
  , sizeCeiling :: Maybe Int
  , hung :: [Int]
  -- ^ Positions of the inputs that did not end.
  , endedKinds :: Word64
  -- ^ A bit for each kind (up to collisions) of which an input ended.
  , trying :: Measure
  -- ^ Of the input that is being tried.
  , searching :: Bool
  -- ^ False once a difference is found and only shrinking goes on.
  }

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

-- | Run one instance over its inputs.
compareAll :: Settings -> Tally -> Instance -> IO Report
compareAll settings start inst = go start [supply !! i | i <- hung start] (drop (position start) (zip [0 ..] supply))
  where
    shapes_ = shapes (left inst)
    finite = maybe False (<= toInteger (evaluations settings)) (cardinality (TupleShape shapes_))
    supply = supplied settings inst
    givenUp tally = length (hung tally) > patience settings || inconclusive tally > mostInconclusive settings
    go tally hanging remaining = case remaining of
      [] -> pure (Agree tally finite)
      (i, vs) : rest
        | not finite, agreed tally + inconclusive tally >= evaluations settings -> pure (Agree tally False)
        | i > 4 * evaluations settings || givenUp tally -> pure (Agree tally False)
        | beyond tally vs || vs `isAmong` hanging || hopeless tally hanging vs -> go tally {position = i + 1} hanging rest
        | otherwise -> do
            report settings tally {position = i, trying = measure vs}
            trial <- both settings inst vs
            case trial of
              Unbuilt -> go tally {position = i + 1, unbuilt = unbuilt tally + 1} hanging rest
              Tried p q -> judge tally {position = i + 1} hanging vs rest (p, q)
    judge tally hanging vs rest (p, q)
      | Faulted text <- p = pure (Broken text)
      | Faulted text <- q = pure (Broken text)
      | exhausted p || exhausted q = pure (Exhausted (doubt tally vs))
      | stops settings vs (p, q) = pure (OneSided (doubt tally vs) (inputOf vs))
      | flooded p || flooded q = go tally {inconclusive = inconclusive tally + 1} hanging rest
      | not (conclusive p && conclusive q) = go (doubt tally vs) (vs : hanging) rest
      | sameOutcome p q = go tally {agreed = agreed tally + 1, bothReturned = bothReturned tally + fromEnum (returned p), endedKinds = setBit (endedKinds tally) (kind vs)} hanging rest
      | otherwise = do
          -- At this input a fresh worker goes on if this one is lost while it shrinks: the difference stays found.
          let found = tally {position = position tally - 1, searching = False}
          Differ found <$> smallest settings (report settings found) inst vs (p, q)

-- | The inputs of a run, in order.
supplied :: Settings -> Instance -> [[Value]]
supplied settings = inputs (constants settings) (seed settings) (evaluations settings) . shapes . left

-- | The input at a position.
inputAt :: Settings -> Instance -> Int -> Input
inputAt settings inst i = inputOf (concat (take 1 (drop i (supplied settings inst))))

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

-- | Build an input for both programs, then run both on it. Building runs code of the programs too (a key's order), so
-- it has the same limits.
both :: Settings -> Instance -> [Value] -> IO Trial
both settings inst vs = do
  ready <- evaluateWithin (limits settings) (built forLeft `seq` built forRight `seq` Tuple [])
  case ready of
    Returned _ -> run
    Threw _ _ -> pure Unbuilt
    Faulted _ -> pure Unbuilt
    _ -> pure (Tried ready ready)
  where
    forLeft = prepare (left inst) vs
    forRight = prepare (right inst) vs
    run = do
      p <- evaluateWithin (limits settings) (outcome forLeft)
      q <- if conclusive p || asked && not (exhausted p) then evaluateWithin (limits settings) (outcome forRight) else pure p
      pure (Tried p q)
    asked = stop settings == Anywhere || stop settings == AtSmall && isSmall vs

-- | Whether an input is at least as large as one that did not end.
beyond :: Tally -> [Value] -> Bool
beyond tally vs = maybe False (magnitude m >=) (numberCeiling tally) || maybe False (nodes m >=) (sizeCeiling tally)
  where
    m = measure vs

-- | Whether an input that did not end comes again.
isAmong :: [Value] -> [[Value]] -> Bool
isAmong vs hanging = map renderArgument vs `elem` map (map renderArgument) hanging

-- | Whether several inputs of this kind did not end, and none did. Now and then another is tried.
hopeless :: Tally -> [[Value]] -> [Value] -> Bool
hopeless tally hanging vs = k < 63 && length (filter ((== k) . kind) hanging) >= 3 + position tally `div` 1000 && not (testBit (endedKinds tally) k)
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
doubt :: Tally -> [Value] -> Tally
doubt tally vs
  | magnitude m > huge = counted {numberCeiling = Just (maybe id min (numberCeiling tally) (root (magnitude m)))}
  | length (hung counted) < 3 = counted
  | magnitude m > 30 = counted {numberCeiling = Just (maybe id min (numberCeiling tally) (magnitude m))}
  | nodes m > 8 = counted {sizeCeiling = Just (maybe id min (sizeCeiling tally) (nodes m))}
  | otherwise = counted
  where
    counted = tally {inconclusive = inconclusive tally + 1, hung = hung tally ++ [position tally - 1]}
    m = measure vs
    huge = 1000000
    root n = head (dropWhile (\r -> r * r < n) (iterate (* 2) 1))

-- | Shrink greedily: the first smaller input that still tells the programs apart, again and again. Says before each
-- evaluation that it is alive.
smallest :: Settings -> IO () -> Instance -> [Value] -> (Outcome, Outcome) -> IO Found
smallest settings alive inst = go (shrinking settings)
  where
    go budget vs outcomes = try_ budget (candidates vs)
      where
        done = pure (Found (map renderArgument vs) (fst outcomes) (snd outcomes))
        try_ b _ | b <= 0 = done
        try_ _ [] = done
        try_ b (ws : rest) = do
          alive
          trial <- both settings inst ws
          case trial of
            Tried p q
              | conclusive p && conclusive q && not (sameOutcome p q) -> go (b - 1) ws (p, q)
              | exhausted p || exhausted q -> done
            _ -> try_ (b - 1) rest
    candidates vs = concat (zipWith one [0 ..] (zip vs (shapes (left inst))))
      where
        one i (v, s) = [take i vs ++ w : drop (i + 1) vs | w <- shrinks s v]
