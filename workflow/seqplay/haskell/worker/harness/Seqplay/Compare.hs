-- | Differential testing of two programs, and shrinking of an input on which they differ.
module Seqplay.Compare
  ( Instance (..)
  , Settings (..)
  , Report (..)
  , Found (..)
  , Tally (..)
  , Measure (..)
  , Constants (..)
  , compareAll
  ) where

import Seqplay.Codec (Shape (..), Subject (..))
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
  -- ^ Inconclusive inputs after which an instance is given up.
  , limits :: Limits
  , constants :: Constants
  , report :: Tally -> IO ()
  -- ^ Called before each evaluation, so that a supervisor sees which one hangs.
  }

-- | How far a run has come. The ceilings are the smallest inputs that did not end: larger ones are passed over.
data Tally = Tally
  { position :: Int
  , agreed :: Int
  , inconclusive :: Int
  , numberCeiling :: Maybe Integer
  , sizeCeiling :: Maybe Int
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

-- | Run one instance over its inputs.
compareAll :: Settings -> Tally -> Instance -> IO Report
compareAll settings start inst = go start (drop (position start) (zip [0 ..] supply))
  where
    shapes_ = shapes (left inst)
    finite = maybe False (<= toInteger (evaluations settings)) (cardinality (TupleShape shapes_))
    supply = inputs (constants settings) (seed settings) (evaluations settings) shapes_
    go tally remaining = case remaining of
      [] -> pure (Agree tally True)
      (i, vs) : rest
        | not finite, agreed tally + inconclusive tally >= evaluations settings -> pure (Agree tally False)
        | i > 4 * evaluations settings || inconclusive tally > patience settings -> pure (Agree tally False)
        | beyond tally vs -> go tally {position = i + 1} rest
        | otherwise -> do
            report settings tally {position = i, trying = measure vs}
            outcomes <- both settings inst vs
            judge tally {position = i + 1} vs rest outcomes
    judge tally vs rest (p, q)
      | exhausted p || exhausted q = pure (Exhausted (doubt tally vs))
      | not (conclusive p && conclusive q) = go (doubt tally vs) rest
      | sameOutcome p q = go tally {agreed = agreed tally + 1} rest
      | otherwise = do
          let found = tally {searching = False}
          report settings found
          Differ found <$> smallest settings inst vs (p, q)

exhausted :: Outcome -> Bool
exhausted o = case o of
  OutOfMemory -> True
  _ -> False

both :: Settings -> Instance -> [Value] -> IO (Outcome, Outcome)
both settings inst vs = do
  p <- evaluateWithin (limits settings) (apply (left inst) vs)
  q <- if exhausted p then pure p else evaluateWithin (limits settings) (apply (right inst) vs)
  pure (p, q)

-- | Whether an input is at least as large as one that did not end.
beyond :: Tally -> [Value] -> Bool
beyond tally vs = maybe False (magnitude m >=) (numberCeiling tally) || maybe False (nodes m >=) (sizeCeiling tally)
  where
    m = measure vs

-- | Count an inconclusive input, and from the third on pass over inputs as large as it is.
doubt :: Tally -> [Value] -> Tally
doubt tally vs
  | inconclusive counted < 3 = counted
  | magnitude m > 30 = counted {numberCeiling = Just (maybe id min (numberCeiling tally) (magnitude m))}
  | nodes m > 8 = counted {sizeCeiling = Just (maybe id min (sizeCeiling tally) (nodes m))}
  | otherwise = counted
  where
    counted = tally {inconclusive = inconclusive tally + 1}
    m = measure vs

-- | Shrink greedily: the first smaller input that still tells the programs apart, again and again.
smallest :: Settings -> Instance -> [Value] -> (Outcome, Outcome) -> IO Found
smallest settings inst = go (shrinking settings)
  where
    go budget vs outcomes = try_ budget (candidates vs)
      where
        done = pure (Found (map renderArgument vs) (fst outcomes) (snd outcomes))
        try_ b _ | b <= 0 = done
        try_ _ [] = done
        try_ b (ws : rest) = do
          (p, q) <- both settings inst ws
          if conclusive p && conclusive q && not (sameOutcome p q)
            then go (b - 1) ws (p, q)
            else if exhausted p || exhausted q then done else try_ (b - 1) rest
    candidates vs = concat (zipWith one [0 ..] (zip vs (shapes (left inst))))
      where
        one i (v, s) = [take i vs ++ w : drop (i + 1) vs | w <- shrinks s v]
