{-# LANGUAGE ForeignFunctionInterface #-}

-- | The worker: a supervisor that never runs a user's code, and children forked from it that do.
--
-- @worker FD LIBDIR PACKAGE-DB WARM-TRIAL ITEMS RSS-MIB CPU-SECONDS@. The supervisor reads libraries once; a child serves items
-- until it is due for recycling, and dies when its item is out of time. See @cbits/supervise.c@ for the frames.
module Main
  ( main
  ) where

import Compile
import Control.Exception
import Control.Monad (unless, when, zipWithM_)
import qualified Data.ByteString as B
import qualified Data.ByteString.Char8 as C
import qualified Data.ByteString.Lazy as L
import qualified Data.ByteString.Unsafe as U
import qualified Data.Text as T
import qualified Data.Text.Encoding as T
import qualified Data.Text.Encoding.Error as T
import Data.IORef
import Foreign hiding (void)
import Foreign.C.Types
import Item (Alternative (..), Board (..), Health (..), Reply, Worker, drive, readNumbers, load, newWorker)
import Json
import Policy (packages, warmModules)
import Seqplay.Compare (Measure (..), Tally (..))
import Trial (Effort (..), Trial (..), attempt)
import System.Environment (getArgs)
import System.Exit (ExitCode (..))
import System.IO (hPutStrLn, stderr)
import System.IO.Unsafe (unsafePerformIO)
import System.Info (compilerVersion)
import System.Mem (performMajorGC)
import System.Posix.Process (exitImmediately, forkProcess)
import Data.Version (showVersion)

foreign import ccall unsafe "seqplay_open_board" openBoard :: IO CInt
foreign import ccall unsafe "seqplay_post" postBoard :: CInt -> Word64 -> IO ()
foreign import ccall unsafe "seqplay_cover" coverProbe :: CInt -> CInt -> IO ()
foreign import ccall safe "seqplay_next_request" nextRequest :: CInt -> IO CInt
foreign import ccall unsafe "seqplay_make_channel" makeChannel :: Ptr CInt -> IO CInt
foreign import ccall safe "seqplay_relay" relay :: CInt -> CInt -> CInt -> IO CInt
foreign import ccall unsafe "seqplay_enter_child" enterChild :: CInt -> CInt -> IO CInt
foreign import ccall safe "seqplay_child_request" childRequest :: CInt -> Ptr Word32 -> IO (Ptr Word8)
foreign import ccall safe "seqplay_child_reply" childReply :: CInt -> CInt -> Ptr Word8 -> Word32 -> IO CInt
foreign import ccall unsafe "seqplay_hello" hello :: CInt -> Ptr Word8 -> Word32 -> IO CInt
foreign import ccall unsafe "close" closeFd :: CInt -> IO CInt

main :: IO ()
main = do
  [up, libdir, database, trials, items, rss, cpu] <- getArgs
  opened <- openBoard
  unless (opened == 0) (fail "no shared memory")
  session <- openSession libdir (["-hide-all-packages", "-no-user-package-db", "-package-env", "-", "-package-db", database] ++ concat [["-package", p] | p <- "seqplay-harness" : packages])
  warm session
  unless (null trials) (warmTrial session trials)
  performMajorGC
  let fd = read up
      greeting = L.toStrict (encode (Object [("ready", Bool True), ("ghc", String (showVersion compilerVersion))]))
  _ <- withBytes (C.replicate 16 '0' <> greeting) (hello fd)
  serve session fd (Limits (read items) (read rss) (read cpu)) Nothing

-- | When a child is due: requests served, resident memory in MiB, processor seconds.
data Limits = Limits {mostRequests :: Int, mostMemory :: Int, mostProcessor :: CInt}

-- | Relay requests to the present child, forking one where there is none, until nobody asks any more.
serve :: Session -> CInt -> Limits -> Maybe (CInt, CInt) -> IO ()
serve session up limits current = do
  r <- nextRequest up
  when (r == 0) (served current)
  where
    served child_ = do
      (child, channel) <- maybe (fork session up limits) return child_
      status <- relay up channel child
      case status of
        0 -> serve session up limits (Just (child, channel))
        1 -> closeFd channel >> serve session up limits Nothing
        2 -> closeFd channel >> served Nothing
        _ -> return ()

fork :: Session -> CInt -> Limits -> IO (CInt, CInt)
fork session up limits = allocaArray 2 $ \ends -> do
  made <- makeChannel ends
  unless (made == 0) (fail "no channel")
  ours <- peekElemOff ends 0
  theirs <- peekElemOff ends 1
  child <- forkProcess $ do
    _ <- closeFd ours
    entered <- enterChild up (mostProcessor limits)
    when (entered == 0) $ do
      worker <- newWorker session
      served <- newIORef 0
      doubtful <- newIORef False
      ended <- try (attend session worker served doubtful theirs limits)
      either (\e -> const (return ()) (e :: SomeException)) return ended
    exitImmediately (ExitFailure 3)
  _ <- closeFd theirs
  return (fromIntegral child, ours)

-- | Serve requests, one after the other. A child that is due is not recycled in the middle of an item: it passes the
-- next item on, and so does one that is asked for a trial and has served anything before. Ends only by being killed.
attend :: Session -> Worker -> IORef Int -> IORef Bool -> CInt -> Limits -> IO ()
attend session worker served doubtful fd limits = do
  request <- alloca $ \size -> do
    buffer <- childRequest fd size
    if buffer == nullPtr then exitImmediately (ExitFailure 4) >> return B.empty else do
      n <- peek size
      bytes <- B.packCStringLen (castPtr buffer, fromIntegral n)
      free buffer
      return bytes
  let (nonce, rest) = B.splitAt 16 request
      asked = fields rest
  due <- readIORef doubtful
  before <- readIORef served
  if due && asks "load" asked || before > 0 && asks "trial" asked then send 3 nonce >> return () else do
    answered <- try (answer session worker asked)
    (reply, health) <- return $ case answered of
      Right r -> r
      Left e -> ([("lost", String (exhaustion e)), ("detail", String (take 500 (show e)))], Spent)
    modifyIORef' served (+ 1)
    n <- readIORef served
    memory <- residentMemory
    writeIORef doubtful (due || health /= Healthy || n >= mostRequests limits || memory > mostMemory limits)
    sent <- send (if health == Spent then 2 else 0) (nonce <> L.toStrict (encode (Object reply)))
    when (sent == 0 && health /= Spent) (attend session worker served doubtful fd limits)
  where
    asks what asked = take 1 asked == [C.pack what]
    send origin payload = withBytes payload (childReply fd origin)

exhaustion :: SomeException -> String
exhaustion e = case fromException e of
  Just StackOverflow -> "stack"
  Just HeapOverflow -> "memory"
  _ -> "failed"

-- | The supervisor clears the board before each request, and knows by the count which evaluation a child was lost in: the
-- count is the request's, not the child's.
answer :: Session -> Worker -> [B.ByteString] -> IO Reply
answer session worker parts = writeIORef steps 0 >> case map text parts of
  "load" : what : programs -> load worker (what == "with literals") (paired programs)
  "drive" : mode : settings : count : rest ->
    let (arguments, others) = splitAt (read count) rest
     in drive worker (Board postTally coverBoard step) mode (readNumbers settings) arguments (alternatives (read count) others)
  ["trial", pains, name, prompt, signature, code, test] -> attempt session step (Trial (if pains == "thorough" then Thorough else Quick) name prompt signature code test)
  _ -> ioError (userError "no such request")
  where
    text = T.unpack . T.decodeUtf8With T.lenientDecode
    paired (a : b : more) = (a, b) : paired more
    paired _ = []
    alternatives n (driver : plan : more) = let (given, others) = splitAt n more in Alternative driver plan given : alternatives n others
    alternatives _ _ = []

-- | Show the supervisor how far a comparison is.
postTally :: Tally -> IO ()
postTally t = do
  postBoard 1 (fromIntegral (position t))
  postBoard 2 (fromIntegral (agreed t))
  postBoard 3 (fromIntegral (inconclusive t))
  postBoard 4 (maybe 0 (fromInteger . min (2 ^ (62 :: Int))) (numberCeiling t))
  postBoard 5 (if searching t then 0 else 1)
  postBoard 6 (fromInteger (min (2 ^ (62 :: Int)) (magnitude (trying t))))
  postBoard 7 (fromIntegral (nodes (trying t)))
  postBoard 8 (endedKinds t)
  postBoard 9 (maybe 0 fromIntegral (sizeCeiling t))
  postBoard 10 (fromIntegral (bothReturned t))
  postBoard 11 (fromIntegral (unbuilt t))
  postBoard 12 (fromIntegral (taken t))
  postBoard 13 (fromIntegral (mark t))
  postBoard 14 (fromIntegral (spent t))
  postBoard 15 (fromIntegral (length (hung t)))
  zipWithM_ postBoard [16 .. 47] (map fromIntegral (hung t))
  step

-- | Show the supervisor a probe that is covered.
coverBoard :: Bool -> Int -> IO ()
coverBoard returned_ probe = coverProbe (if returned_ then 0 else 1) (fromIntegral probe)

-- | Show the supervisor that an evaluation begins.
step :: IO ()
step = do
  modifyIORef' steps (+ 1)
  readIORef steps >>= postBoard 0

{-# NOINLINE steps #-}
steps :: IORef Word64
steps = unsafePerformIO (newIORef 0)

-- | Fields of a request: each a length (four bytes, little endian) and so many bytes.
fields :: B.ByteString -> [B.ByteString]
fields bytes
  | B.length bytes < 4 = []
  | otherwise = let (field, rest) = B.splitAt size (B.drop 4 bytes) in field : fields rest
  where
    size = foldr (\b n -> n `shiftL` 8 .|. fromIntegral b) 0 (B.unpack (B.take 4 bytes))

withBytes :: B.ByteString -> (Ptr Word8 -> Word32 -> IO CInt) -> IO CInt
withBytes bytes use = U.unsafeUseAsCStringLen bytes (\(p, n) -> use (castPtr p) (fromIntegral n))

-- | Resident memory in MiB.
residentMemory :: IO Int
residentMemory = do
  contents <- try (B.readFile "/proc/self/statm") :: IO (Either IOException B.ByteString)
  return (case fmap C.words contents of
    Right (_ : pages : _) | Just (n, _) <- C.readInt pages -> n `div` 256
    _ -> 0)

-- | Put an answer to a test, likewise: a trial has a child of its own, which would else read again each time what GHC's
-- simplifier wants of the libraries.
warmTrial :: Session -> FilePath -> IO ()
warmTrial session folder = do
  [prompt, answer_, test] <- mapM (\name -> readFile (folder ++ "/" ++ name ++ ".hs")) ["Prompt", "Answer", "Test"]
  (tried, _) <- attempt session (return ()) (Trial Quick "" prompt "" answer_ test)
  let shown = C.unpack (L.toStrict (encode (Object tried)))
  unless (take 17 shown == take 17 "{\"ended\":\"passed\"}") (hPutStrLn stderr ("the worker cannot run its own trial: " ++ shown) >> fail "no trial")

-- | Read the interfaces of all usual modules, and run a program through every stage, so that children find it done.
warm :: Session -> IO ()
warm session = do
  worker <- newWorker session
  loaded <- load worker True [("P", warmProgram)]
  reply <- drive worker (Board (const (return ())) (\_ _ -> return ()) (return ())) "run" (readNumbers "microseconds=1000000 kibibytes=0 characters=1000 outcomes=1") ["Just [1, 2]"] [Alternative warmDriver "" ["Seqplay_T.Maybe [Seqplay_T.Int]"]]
  let shown = C.unpack (L.toStrict (encode (Array [Object (fst loaded), Object (fst reply)])))
  unless ("outcomes" `elem` map fst (fst reply)) (hPutStrLn stderr ("the worker cannot run its own probe: " ++ shown) >> fail "no probe")
  where
    warmProgram =
      unlines $
        "import Prelude" : ["import qualified " ++ m | m <- warmModules]
          ++ [ "data Warm a = Cold | Warm a [Warm a] deriving (Show, Eq, Ord)"
             , "newtype Box = Box { unBox :: Int } deriving (Eq, Ord, Show)"
             , "class Named a where { named :: a -> String }"
             , "instance Named (Warm a) where { named _ = \"warm\" }"
             , "f :: Maybe [Int] -> (String, Data.Map.Map Int Double)"
             , "f Nothing = (named (Cold :: Warm Int), Data.Map.empty)"
             , "f (Just xs) | sum xs > 3, even (length xs) = (show (compare (Warm 1 []) Cold) ++ show (read \"2\" + 1.5 :: Double), Data.Map.fromList [(1, sqrt 2)])"
             , "            | otherwise = (concatMap show [x * y `mod` 7 | x <- xs, y <- [1 .. x]], foldr (\\x -> Data.Map.insert x (fromIntegral x / 2)) Data.Map.empty xs)"
             ]
    warmDriver =
      unlines
        [ "{-# LANGUAGE NoImplicitPrelude #-}"
        , "module Driver where"
        , "import qualified P"
        , "import qualified Args"
        , "import qualified Seqplay.Codec as H"
        , "import qualified Seqplay.Value as H"
        , "import qualified Seqplay.Compare as H"
        , "argument1 = Args.argument1"
        , "c1 = H.maybe_ (H.list H.int)"
        , "outcomes :: [H.Value]"
        , "outcomes = [H.apply (H.argument c1 (H.result (H.tuple2 H.string (H.map_ H.int H.double))) P.f) [H.input c1 argument1]]"
        ]
