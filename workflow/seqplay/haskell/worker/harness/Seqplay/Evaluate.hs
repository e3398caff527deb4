{-# LANGUAGE ScopedTypeVariables #-}

-- | One evaluation, bounded in time, heap, stack and output, and what came of it.
module Seqplay.Evaluate
  ( Outcome (..)
  , Limits (..)
  , Watch
  , withWatch
  , evaluateWithin
  , returned
  , conclusive
  , sameOutcome
  ) where

import Control.Concurrent (ThreadId, forkIOWithUnmask, killThread, myThreadId, threadDelay)
import Control.Exception
import Control.Monad (forever)
import Data.IORef
import Data.Typeable (typeOf)
import Seqplay.Fault (Fault (..))
import Seqplay.Value
import System.CPUTime (getCPUTime)
import System.Mem (disableAllocationLimit, enableAllocationLimit, getAllocationCounter, setAllocationCounter)

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

-- | Processor time in microseconds, work in KiB that are allocated (0: any), and output in characters, for one evaluation.
-- Work comes first wherever a program allocates: it is the same on any machine, however busy. Heap and stack are the
-- process's own limits.
data Limits = Limits {microseconds :: Int, kibibytes :: Int, characters :: Int}

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
evaluateWithin :: Watch -> Limits -> Value -> IO Outcome
evaluateWithin watch limits value = do
  r <- try (withinProcessorTime watch (microseconds limits) (withinWork (kibibytes limits) (render_ `catch` described)))
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

-- | Run an action that may allocate so many KiB; what allocates more ends with 'AllocationLimitExceeded', which nothing
-- pure catches.
withinWork :: Int -> IO a -> IO a
withinWork most act
  | most <= 0 = act
  | otherwise = do
      before <- getAllocationCounter
      let end = do
            disableAllocationLimit
            -- The counter goes on as if it had not been set: what an input cost is read from it.
            left <- getAllocationCounter
            setAllocationCounter (before - (bytes - left))
          bytes = 1024 * fromIntegral most
      (setAllocationCounter bytes >> enableAllocationLimit >> act) `finally` end

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

-- | A thread that looks at the evaluations of another one, one at a time, and ends what has used up its time. It is there
-- for many of them: most take less time than to start a thread.
newtype Watch = Watch (IORef Watched)

-- | The number of the evaluation: none runs after it, it runs and may take so many microseconds, or it is being ended.
data Watched = Idle !Int | Running !Int !Int | Ending !Int

-- | Use a watch for evaluations of this thread.
withWatch :: (Watch -> IO a) -> IO a
withWatch use = do
  state <- newIORef (Idle 0)
  evaluating <- myThreadId
  bracket
    (forkIOWithUnmask (\unmask -> unmask (look state evaluating)))
    (uninterruptibleMask_ . killThread)
    (const (use (Watch state)))

-- | What ends an evaluation whose time is up: asynchronous, so that nothing takes it for the program's own.
data Expired = Expired deriving (Show)

instance Exception Expired where
  toException = asyncExceptionToException
  fromException = asyncExceptionFromException

-- | Look at the present evaluation in turns. Its time is this process's processor time since it was first seen, so that a
-- busy machine does not change what ends. What gets none at all for a second waits for itself, and its time is up too.
look :: IORef Watched -> ThreadId -> IO ()
look state evaluating = go 0 0 0 (0 :: Int)
  where
    go number start before still = do
      threadDelay turn
      now <- readIORef state
      used <- micro <$> getCPUTime
      case now of
        Running n most
          | n /= number -> go n used used 0
          | used - start >= most || standing * turn >= 1000000 -> do
              late <- atomicModifyIORef' state (\s -> case s of Running k _ | k == n -> (Ending n, True); _ -> (s, False))
              if late then throwTo evaluating Expired else pure ()
              go n start used 0
          | otherwise -> go n start used standing
          where
            standing = if used - before < turn `div` 50 then still + 1 else 0
        _ -> go number start used 0
    turn = 10000
    micro picoseconds = fromInteger (picoseconds `div` 1000000) :: Int

-- | Run an action within so many microseconds of processor time.
withinProcessorTime :: Watch -> Int -> IO a -> IO (Maybe a)
withinProcessorTime (Watch state) most act = mask $ \restore -> do
  last_ <- readIORef state
  writeIORef state (Running (numberOf last_ + 1) most)
  r <- try (restore act)
  ended <- atomicModifyIORef' state (\s -> (Idle (numberOf s), s))
  case (ended, r) of
    (Ending _, Left e) | Just Expired <- fromException e -> pure Nothing
    -- It ended by itself when its time was up: what is on its way to end it arrives here.
    (Ending _, _) -> (restore (forever (threadDelay 1000000)) `catch` \Expired -> pure ()) >> result r
    _ -> result r
  where
    result r = case r of
      Left e -> throwIO (e :: SomeException)
      Right x -> pure (Just x)
    numberOf s = case s of
      Idle n -> n
      Running n _ -> n
      Ending n -> n
