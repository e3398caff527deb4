{-# LANGUAGE CPP #-}
-- | A warm GHC with Liquid Haskell, from which each check is forked.
--
-- Arguments: GHC's library folder, an empty folder to work in, megabytes of memory, options of Liquid Haskell up to
-- @--@, GHC's flags. What comes in and goes out are lists of strings: u32 count, then each as u32 length and bytes
-- (little endian). First in: the name and text of a module that is loaded in this process, so that interfaces and
-- specifications are read once; out: @ready@, or @cold@ and what was said. Then requests: wall milliseconds, CPU
-- seconds, and names and texts of modules in dependency order. Reply: how the child ended (@exited N@, @killed N@,
-- @wall@), what the compiler said (JSON lines, @-ddump-json@), and for each module Liquid Haskell's result (JSON; empty
-- where it gave none).
--
-- The parent never sees a theorem: a child that loops, eats memory or crashes takes nothing with it, and every check
-- starts from the same state. Linked without threads, so that a fork is whole.
module Main (main) where

import Control.Concurrent (threadDelay)
import Control.Exception (IOException, SomeException, try)
import Control.Monad (forM, forM_, unless, void)
import Control.Monad.IO.Class (liftIO)
import Data.Bits (shiftL, shiftR, (.|.))
import qualified Data.ByteString as B
import qualified Data.ByteString.Char8 as C
import GHC
import GHC.Clock (getMonotonicTime)
import GHC.Driver.Monad (reflectGhc, reifyGhc)
import System.Directory (createDirectory, removeDirectoryRecursive, setCurrentDirectory, withCurrentDirectory)
import System.Environment (getArgs)
import System.Exit (ExitCode (..))
import System.IO
import System.Mem (performMajorGC)
import System.Posix.IO
import System.Posix.Process
import System.Posix.Resource
import System.Posix.Signals
import System.Posix.Types (ProcessID)
#if MIN_VERSION_GLASGOW_HASKELL(9,2,0,0)
import GHC.Utils.Logger (getLogger)
#else
import GHC.Driver.Plugins (Plugin (..), PluginWithArgs (..), StaticPlugin (..))
import GHC.Driver.Session (DynFlags (..))
import qualified LiquidHaskell
#endif

type Text = B.ByteString

main :: IO ()
main = do
  libraries : workspace : memory : rest <- getArgs
  let (options, flags) = drop 1 <$> break (== "--") rest
  setCurrentDirectory workspace
  replies <- dup stdOutput >>= fdToHandle
  hSetBinaryMode replies True
  hSetBinaryMode stdin True
  limit ResourceDataSize (read memory * 1048576)
  limit ResourceFileSize 268435456
  redirect "log"
  runGhc (Just libraries) $ do
    start options flags
    warm <- liftIO receive
    case warm of
      Just [name, text] -> do
        path <- liftIO (write name text)
        ok <- check [path]
        liftIO (hFlush stdout >> performMajorGC)
        said <- liftIO (B.readFile "log")
        liftIO (reply replies (if ok then [C.pack "ready"] else [C.pack "cold", said]))
        serve replies 0
      _ -> pure ()

-- | Switch Liquid Haskell on. As a linked plugin where that works: GHC then does not hash the plugin's files each time.
start :: [String] -> [String] -> Ghc ()
start options flags = do
  before <- getSessionDynFlags
  (after, unknown) <- parsed before (flags ++ dynamic)
  unless (null unknown) $ liftIO $ fail ("unknown flags: " ++ unwords (map unLoc unknown))
#if MIN_VERSION_GLASGOW_HASKELL(9,2,0,0)
  void (setSessionDynFlags after)
  where
    dynamic =
      ["-fplugin=LiquidHaskell", "-plugin-package", "liquidhaskell"]
        ++ ["-fplugin-opt=LiquidHaskell:" ++ option | option <- options]
#else
  changed <- liftIO (dynflagsPlugin LiquidHaskell.plugin options after)
  void (setSessionDynFlags changed {staticPlugins = [StaticPlugin (PluginWithArgs LiquidHaskell.plugin options)]})
  where
    dynamic = []
#endif

-- | The session's flags with more of them, and those that it does not know.
parsed :: DynFlags -> [String] -> Ghc (DynFlags, [Located String])
parsed before flags = do
#if MIN_VERSION_GLASGOW_HASKELL(9,2,0,0)
  logger <- getLogger
  (after, unknown, _) <- parseDynamicFlags logger before (map noLoc flags)
#else
  (after, unknown, _) <- parseDynamicFlags before (map noLoc flags)
#endif
  pure (after, unknown)

-- | Answer requests until there are no more.
serve :: Handle -> Int -> Ghc ()
serve replies number = do
  request <- liftIO receive
  case request of
    Just (wall : processor : modules) -> do
      let folder = "check" ++ show number
      liftIO (createDirectory folder)
      paths <- liftIO (withCurrentDirectory folder (forM (pairs modules) (uncurry write)))
      liftIO (setCurrentDirectory folder)
      outcome <- reifyGhc (inChild (number' wall) (number' processor) . reflectGhc (check paths))
      found <- liftIO (forM ("log" : [".liquid/" ++ path ++ ".err" | path <- paths]) contents)
      liftIO (setCurrentDirectory "..")
      liftIO (removeDirectoryRecursive folder)
      liftIO (reply replies (C.pack outcome : found))
      serve replies (number + 1)
    _ -> pure ()
  where
    number' = maybe 0 fst . C.readInt

pairs :: [a] -> [(a, a)]
pairs (a : b : rest) = (a, b) : pairs rest
pairs _ = []

write :: Text -> Text -> IO FilePath
write name text = B.writeFile path text >> pure path
  where
    path = C.unpack name ++ ".hs"

contents :: FilePath -> IO Text
contents path = either (const B.empty) id <$> (try (B.readFile path) :: IO (Either IOException Text))

-- | Load the modules, Liquid Haskell checking each. What a module says to its importers goes with its code: a single
-- one needs none.
check :: [FilePath] -> Ghc Bool
check modules = handleSourceError (\problem -> printException problem >> pure False) $ do
  plain <- getSessionDynFlags
  (flags, _) <- parsed plain [code | length modules > 1]
  _ <- setSessionDynFlags flags
  mapM target modules >>= setTargets
  succeeded <$> load LoadAllTargets

-- | The flag that makes code again after @-fno-code@. From GHC 9.4 on @-fbyte-code@ forgets to change the backend.
code :: String
#if MIN_VERSION_GLASGOW_HASKELL(9,4,0,0)
code = "-fobject-code"
#else
code = "-fbyte-code"
#endif

target :: FilePath -> Ghc Target
#if MIN_VERSION_GLASGOW_HASKELL(9,4,0,0)
target path = guessTarget path Nothing Nothing
#else
target path = guessTarget path Nothing
#endif

-- | Run an action in a forked child, in a process group of its own, and say how it ended.
inChild :: Int -> Int -> IO Bool -> IO String
inChild wall processor action = do
  child <- forkProcess $ do
    void (createProcessGroupFor =<< getProcessID)
    limit ResourceCPUTime (fromIntegral processor)
    redirect "log"
    done <- try action
    case done of
      Right ok -> hFlush stdout >> exitImmediately (if ok then ExitSuccess else ExitFailure 1)
      Left problem -> do
        hPutStrLn stderr ("uncaught: " ++ show (problem :: SomeException))
        hFlush stdout
        exitImmediately (ExitFailure 2)
  started <- getMonotonicTime
  outcome <- await child (started + fromIntegral wall / 1000) 0.002
  end child
  pure outcome

end :: ProcessID -> IO ()
end child = void (try (signalProcessGroup sigKILL child) :: IO (Either IOException ()))

await :: ProcessID -> Double -> Double -> IO String
await child deadline pause = do
  status <- getProcessStatus False False child
  now <- getMonotonicTime
  case status of
    Just (Exited ExitSuccess) -> pure "exited 0"
    Just (Exited (ExitFailure code)) -> pure ("exited " ++ show code)
    Just (Terminated signal _) -> pure ("killed " ++ show signal)
    _ | now > deadline -> end child >> getProcessStatus True False child >> pure "wall"
      | otherwise -> threadDelay (round (pause * 1000000)) >> await child deadline (min 0.02 (pause * 1.3))

limit :: Resource -> Integer -> IO ()
limit resource amount = setResourceLimit resource (ResourceLimits (ResourceLimit amount) (ResourceLimit amount))

redirect :: FilePath -> IO ()
redirect path = do
  hFlush stdout
  hFlush stderr
#if MIN_VERSION_unix(2,8,0)
  file <- openFd path WriteOnly defaultFileFlags {append = True, creat = Just 0o600}
#else
  file <- openFd path WriteOnly (Just 0o600) defaultFileFlags {append = True}
#endif
  void (dupTo file stdOutput)
  void (dupTo file stdError)
  closeFd file

reply :: Handle -> [Text] -> IO ()
reply to parts = do
  B.hPut to (word (length parts))
  forM_ parts $ \part -> B.hPut to (word (B.length part)) >> B.hPut to part
  hFlush to

receive :: IO (Maybe [Text])
receive = number >>= maybe (pure Nothing) (\count -> sequence <$> mapM (const part) [1 .. count])
  where
    part = number >>= maybe (pure Nothing) (fmap Just . B.hGet stdin)

number :: IO (Maybe Int)
number = do
  bytes <- B.hGet stdin 4
  pure $ if B.length bytes < 4 then Nothing else Just (B.foldr (\byte n -> n `shiftL` 8 .|. fromIntegral byte) 0 bytes)

word :: Int -> Text
word n = B.pack [fromIntegral (n `shiftR` shift) | shift <- [0, 8, 16, 24]]
