{-# LANGUAGE ScopedTypeVariables #-}

-- | One evaluation, bounded in time, heap, stack and output, and what came of it.
module Seqplay.Evaluate
  ( Outcome (..)
  , Limits (..)
  , evaluateWithin
  , returned
  , conclusive
  , sameOutcome
  ) where

import Control.Concurrent (ThreadId, forkIOWithUnmask, killThread, myThreadId, threadDelay)
import Control.Exception
import Data.Typeable (typeOf)
import Seqplay.Fault (Fault (..))
import Seqplay.Value
import System.CPUTime (getCPUTime)

-- | How an evaluation ended.
data Outcome
  = -- | A value, rendered whole.
    Returned String
  | -- | An exception: its type, and its message without call stack or source position.
    Threw String String
  | TimedOut
  | OutOfMemory
  | StackOverflowed
  | -- | More output than the limit: what was rendered of it.
    Flooded String
  | -- | The harness itself failed, and says at what: nothing is known of the program.
    Faulted String

-- | Processor time in microseconds and output in characters for one evaluation. Heap and stack are the process's own
-- limits.
data Limits = Limits {microseconds :: Int, characters :: Int}

-- | Whether the program itself ended, so that the outcome may be compared.
conclusive :: Outcome -> Bool
conclusive o = case o of
  Returned _ -> True
  Threw _ _ -> True
  _ -> False

-- | Whether the program gave a value.
returned :: Outcome -> Bool
returned o = case o of
  Returned _ -> True
  _ -> False

sameOutcome :: Outcome -> Outcome -> Bool
sameOutcome (Returned a) (Returned b) = a == b
sameOutcome (Threw t m) (Threw u n) = t == u && m == n
sameOutcome _ _ = False

-- | Evaluate and render a value. An exception's message is part of what is evaluated, under the same limits.
evaluateWithin :: Limits -> Value -> IO Outcome
evaluateWithin limits value = do
  r <- try (withinProcessorTime (microseconds limits) (render_ `catch` described))
  pure (case r of
    Right (Just outcome) -> outcome
    Right Nothing -> TimedOut
    Left (e :: SomeException) -> resource e)
  where
    render_ = case render (characters limits) value of
      Whole_ s -> evaluate (length s) >> pure (Returned s)
      Cut s -> evaluate (length s) >> pure (Flooded s)
    described (e :: SomeException)
      | Just (_ :: SomeAsyncException) <- fromException e = throwIO e
      | Just (Fault text) <- fromException e = pure (Faulted text)
      | Just NonTermination <- fromException e = pure TimedOut
      | Just (ErrorCallWithLocation message _) <- fromException e = threw "ErrorCall" message
      | positioned e = pure (Threw (name e) "")
      | otherwise = threw (name e) (shown e)
    threw kind message = do
      let kept = take (characters limits) message
      r <- try (evaluate (length kept))
      pure (case r of
        Right _ -> Threw kind kept
        Left (ErrorCallWithLocation inner _) -> Threw kind ('?' : take 100 inner))

-- | Exceptions whose message is a source position: only their type is compared.
positioned :: SomeException -> Bool
positioned e =
  or
    [ is (fromException e :: Maybe PatternMatchFail)
    , is (fromException e :: Maybe RecSelError)
    , is (fromException e :: Maybe RecConError)
    , is (fromException e :: Maybe RecUpdError)
    , is (fromException e :: Maybe NoMethodError)
    , is (fromException e :: Maybe AssertionFailed)
    ]
  where
    is = maybe False (const True)

name :: SomeException -> String
name (SomeException e) = show (typeOf e)

shown :: SomeException -> String
shown (SomeException e) = displayException e

resource :: SomeException -> Outcome
resource e = case fromException e of
  Just StackOverflow -> StackOverflowed
  Just HeapOverflow -> OutOfMemory
  _ -> case fromException e of
    Just (_ :: SomeAsyncException) -> TimedOut
    Nothing -> Threw (name e) ""

-- | What ends an evaluation whose time is up: asynchronous, so that nothing takes it for the program's own.
data Expired = Expired deriving (Show)

instance Exception Expired where
  toException = asyncExceptionToException
  fromException = asyncExceptionFromException

-- | Run an action within so many microseconds of this process's processor time, so that a busy machine does not change
-- what ends. What gets none at all for that long (at least a second) waits for itself, and its time is up too.
withinProcessorTime :: Int -> IO a -> IO (Maybe a)
withinProcessorTime most act = do
  evaluating <- myThreadId
  start <- getCPUTime
  handle (\Expired -> pure Nothing) $
    bracket
      (forkIOWithUnmask (\unmask -> unmask (watch evaluating start start most)))
      (uninterruptibleMask_ . killThread)
      (const (Just <$> act))
  where
    watch :: ThreadId -> Integer -> Integer -> Int -> IO ()
    watch evaluating start before slice = do
      threadDelay slice
      now <- getCPUTime
      let left = most - micro (now - start)
          waits = slice >= least && micro (now - before) < slice `div` 50
      if left <= 0 || waits then throwTo evaluating Expired else watch evaluating start now (next now before slice left)
    -- Where hardly anything happened in a short slice, the next one is longer, until it is long enough to tell.
    next now before slice left
      | micro (now - before) < slice `div` 50 = 2 * slice
      | otherwise = max 1000 left
    micro picoseconds = fromInteger (picoseconds `div` 1000000)
    least = 1000000 :: Int
