-- | GHC's pipeline on one module in memory: parse, typecheck, generate byte code, link.
--
-- This module and "Facts" are what a new version of GHC may break. Written for and tested with GHC 9.0.
module Compile
  ( Session (..)
  , Parsed
  , Checked (..)
  , Problem (..)
  , openSession
  , freshItem
  , pragmas
  , withPragmas
  , parseSource
  , parseExpressionAlone
  , tokens
  , typecheck
  , addModule
  , addChanged
  , addLeaf
  , addOptimised
  , valueOf
  , namedValue
  , guarded
  , instanceEnvironment
  ) where

import Control.Concurrent.MVar
import Control.Exception
import Control.Monad.IO.Class (liftIO)
import Data.IORef
import Data.List (sortOn)
import qualified Data.Map as Map
import Data.Time.Clock (UTCTime (..))
import GHC hiding (Parsed, parser)
import GHC.Core.InstEnv (InstEnvs (..))
import GHC.Data.Bag (bagToList)
import qualified GHC.Data.EnumSet as EnumSet
import GHC.Data.FastString (fsLit, unpackFS)
import GHC.Data.StringBuffer (stringToStringBuffer)
import GHC.Driver.Finder (addHomeModuleToFinder)
import GHC.Driver.Main (hscDesugar, hscInteractive, hscSimplify, hscTypecheckRename)
import GHC.Driver.Session
import GHC.Driver.Types
import qualified GHC.LanguageExtensions as LangExt
import GHC.Iface.Make (mkIfaceTc)
import GHC.Iface.Tidy (tidyProgram)
import qualified GHC.Parser as Parser
import GHC.Parser.Header (getOptions)
import GHC.Parser.Lexer hiding (messages, options)
import GHC.Parser.PostProcess (runECP_P)
import GHC.Runtime.Interpreter (initObjLinker, withInterp, wormhole)
import GHC.Runtime.Linker (getHValue)
import GHC.Runtime.Linker.Types
import GHC.Tc.Types (ImportAvails (..), TcGblEnv (..))
import GHC.Types.Name (nameOccName)
import GHC.Types.Name.Occurrence (occNameString)
import GHC.Types.SrcLoc
import GHC.Types.Var (varName)
import GHC.Types.Name.Env (emptyNameEnv)
import GHC.Unit.Info (unitId)
import GHC.Unit.Types (GenWithIsBoot (..), IsBootInterface (..))
import GHC.Unit.Module.Env (mkModuleSet)
import GHC.Unit.State (listUnitInfo)
import GHC.Utils.Error
import GHC.Utils.Outputable (defaultUserStyle, showSDocForUser)

import Unsafe.Coerce (unsafeCoerce)

-- | A compiler with its libraries loaded and no program in it.
data Session = Session
  { environment :: HscEnv
  , programFlags :: DynFlags
  -- ^ For what users wrote: Safe.
  , driverFlags :: DynFlags
  }

type Parsed = Located HsModule

-- | A typechecked module, with the flags it was checked under.
data Checked = Checked {checkedFlags :: DynFlags, checkedSummary :: ModSummary, checkedEnv :: TcGblEnv}

-- | What GHC says of a source, and where (file, line and column from 1; 0 where there is no place).
data Problem = Problem {problemFile :: String, problemLine :: Int, problemColumn :: Int, problemText :: String}

-- | Start GHC on its libraries. Reads the package databases; runs nothing (GHC would ask the C compiler where libraries
-- are). All packages count as loaded, because the worker itself is linked with those that programs may use.
openSession :: FilePath -> [String] -> IO Session
openSession libdir options = do
  session <- runGhc (Just libdir) started
  -- GHC names temporary files that it never writes here: it need not make a folder for them.
  let flags = hsc_dflags (environment session)
  writeIORef (dirsToClean flags) (Map.singleton (tmpDir flags) "/nowhere")
  return session
  where
    started = do
      flags0 <- getSessionDynFlags
      (flags1, _, _) <- parseDynamicFlags flags0 (map noLoc (options ++ ["-dynamic", "-O0"]))
      _ <- setSessionDynFlags (quiet flags1)
      env <- getSession
      (safe, _, _) <- parseDynamicFilePragma (hsc_dflags env) [noLoc "-XSafe"]
      liftIO $ do
        initObjLinker env
        _ <- swapMVar (dl_mpls (hsc_dynLinker env)) (Just (linked (map unitId (listUnitInfo (unitState (hsc_dflags env))))))
        return (Session env safe (hsc_dflags env))
    linked units = PersistentLinkerState emptyNameEnv emptyNameEnv [] [] units []
    quiet flags =
      (flags `gopt_set` Opt_OmitInterfacePragmas)
        { hscTarget = HscInterpreted
        , ghcLink = LinkInMemory
        , ghcMode = CompManager
        , verbosity = 0
        , warningFlags = EnumSet.empty
        , fatalWarningFlags = EnumSet.empty
        , log_action = \_ _ _ _ _ -> return ()
        , maxValidHoleFits = Just 0
        , maxErrors = Just 3
        }

-- | The session with no program loaded and nothing linked: nothing of an earlier item can be reached.
--
-- What was read of libraries stays, as it must: types that were read on demand refer to it without asking again.
freshItem :: Session -> IO HscEnv
freshItem session = do
  let env = environment session
  linked <- readMVar (dl_mpls (hsc_dynLinker env))
  linker <- newMVar linked
  return env {hsc_dynLinker = DynLinker linker}

-- | The options of a source's header, as flags (@-XLambdaCase@), with their lines.
pragmas :: DynFlags -> String -> [(Int, String)]
pragmas flags source = [(fst (place l), option) | L l option <- getOptions flags (stringToStringBuffer source) "P.hs"]

-- | Flags with a header's (already vetted) options.
withPragmas :: DynFlags -> [String] -> IO DynFlags
withPragmas flags options = do
  (new, _, _) <- parseDynamicFilePragma flags (map noLoc options)
  return (foldl xopt_set new (concat [on | (names, on) <- underRoles, any (`elem` options) names]))
  where
    -- GHC switches these off under Safe, for what they did before there were roles. Roles guard them now; imports are
    -- checked as ever.
    underRoles =
      [ (["-XGeneralizedNewtypeDeriving", "-XGeneralisedNewtypeDeriving"], [LangExt.GeneralizedNewtypeDeriving])
      , (["-XDerivingVia"], [LangExt.DerivingVia, LangExt.DerivingStrategies])
      ]

parseSource :: DynFlags -> String -> String -> Either Problem Parsed
parseSource flags file = parsed flags file Parser.parseModule

-- | Parse a text that must be one whole expression, and nothing besides.
parseExpressionAlone :: DynFlags -> String -> String -> Either Problem (LHsExpr GhcPs)
parseExpressionAlone flags file = parsed flags file (Parser.parseExpression >>= runECP_P)

parsed :: DynFlags -> String -> P a -> String -> Either Problem a
parsed flags file parser source = case unP parser (mkPState flags (stringToStringBuffer source) start) of
  POk state x | null (errors state) -> Right x
              | otherwise -> Left (first (errors state))
  PFailed state -> Left (first (errors state))
  where
    start = mkRealSrcLoc (fsLit file) 1 1
    errors state = bagToList (getErrorMessages state flags)
    first = problem flags

tokens :: DynFlags -> String -> [Token]
tokens flags source = case lexTokenStream (stringToStringBuffer source) (mkRealSrcLoc (fsLit "P.hs") 1 1) flags of
  POk _ found -> map unLoc found
  PFailed _ -> []

problem :: DynFlags -> [ErrMsg] -> Problem
problem flags messages = case sortOn (place . errMsgSpan) messages of
  [] -> Problem "" 0 0 "GHC gave no reason"
  e : _ -> let (line, column) = place (errMsgSpan e) in Problem (file (errMsgSpan e)) line column (take 2000 (showSDocForUser flags (errMsgContext e) (pprDoc (errMsgDoc e))))
  where
    file l = case l of
      RealSrcSpan s _ -> unpackFS (srcSpanFile s)
      UnhelpfulSpan _ -> ""
    pprDoc = formatErrDoc (initSDocContext flags defaultUserStyle)

place :: SrcSpan -> (Int, Int)
place l = case l of
  RealSrcSpan s _ -> (srcSpanStartLine s, srcSpanStartCol s)
  UnhelpfulSpan _ -> (0, 0)

-- | Typecheck a parsed module under a name of ours. Safe Haskell's check of imports is part of it.
typecheck :: HscEnv -> DynFlags -> ModuleName -> Parsed -> IO Checked
typecheck env flags name source = do
  let file = moduleNameString name ++ ".hs"
      location = ModLocation (Just file) "" "" ""
      summary =
        ModSummary
          { ms_mod = mkModule (homeUnit flags) name
          , ms_hsc_src = HsSrcFile
          , ms_location = location
          , ms_hs_date = epoch
          , ms_obj_date = Nothing
          , ms_iface_date = Nothing
          , ms_hie_date = Nothing
          , ms_srcimps = []
          , ms_textual_imps = []
          , ms_parsed_mod = Nothing
          , ms_hspp_file = file
          , ms_hspp_opts = flags
          , ms_hspp_buf = Nothing
          }
      ours = fmap (\m -> m {hsmodName = Just (noLoc name), hsmodExports = Nothing}) source
  (checked, _) <- hscTypecheckRename env {hsc_dflags = flags} summary (HsParsedModule ours [] (ApiAnns Map.empty Nothing Map.empty []))
  return (Checked flags summary checked)

epoch :: UTCTime
epoch = UTCTime (toEnum 0) 0

-- | Generate a module's byte code and let later modules import it. No simplifier: speed of loading counts here.
addModule :: HscEnv -> Checked -> IO HscEnv
addModule = addThrough (const return) mkInterface

-- | The same for a module that no other imports: it needs no interface but what it is linked with.
addLeaf :: HscEnv -> Checked -> IO HscEnv
addLeaf = addThrough (const return) linkedOnly
  where
    linkedOnly env checked _ = return (emptyFullModIface (ms_mod (checkedSummary checked))) {mi_deps = noDependencies {dep_mods = below env}}
    below env = [GWIB (moduleName (mi_module (hm_iface info))) NotBoot | info <- eltsHpt (hsc_HPT env)]

type Interface = HscEnv -> Checked -> ModDetails -> IO ModIface

mkInterface :: Interface
mkInterface env (Checked flags _ checked) details = mkIfaceTc env (safeHaskell flags) details checked

-- | The same through GHC's simplifier: slower to generate, several times faster to run. What the byte code compiler
-- cannot do (unboxed tuples that library code brings in) is done as 'addModule' does it.
addOptimised :: HscEnv -> Checked -> IO HscEnv
addOptimised env checked =
  addThrough simplified mkInterface env checked {checkedFlags = optimising (checkedFlags checked)}
    `catch` \e -> const (addModule env checked) (e :: GhcException)
  where
    simplified optimised = hscSimplify optimised []
    optimising flags = foldl gopt_unset (updOptLevel 1 flags) [Opt_Strictness, Opt_CprAnal]

-- | The same as 'addModule' with a change of its desugared code, and what the change says.
addChanged :: (ModGuts -> (ModGuts, a)) -> HscEnv -> Checked -> IO (HscEnv, a)
addChanged change = addSaying (const (return . change)) mkInterface

-- | Generate a module's byte code from what a transformation makes of it, with the interface that later modules read.
addThrough :: (HscEnv -> ModGuts -> IO ModGuts) -> Interface -> HscEnv -> Checked -> IO HscEnv
addThrough transform interfaceOf env checked =
  fst <$> addSaying (\inner guts -> flip (,) () <$> transform inner guts) interfaceOf env checked

-- | The same, and what the transformation says.
addSaying :: (HscEnv -> ModGuts -> IO (ModGuts, a)) -> Interface -> HscEnv -> Checked -> IO (HscEnv, a)
addSaying transform interfaceOf env0 whole@(Checked flags summary checked) = do
  let env = env0 {hsc_dflags = flags}
      name = ms_mod_name summary
  (guts, said) <- hscDesugar env summary checked >>= transform env
  (core, details) <- tidyProgram env guts
  (_, code, static) <- hscInteractive env core (ms_location summary)
  interface <- interfaceOf env whole details
  _ <- addHomeModuleToFinder env name (ms_location summary)
  let linkable = LM epoch (ms_mod summary) [BCOs code static]
      info = HomeModInfo interface details (Just linkable)
  return (env0 {hsc_HPT = addToHpt (hsc_HPT env0) name info}, said)

-- | The value of a module's binding, linking whatever it needs. The caller knows its type.
valueOf :: HscEnv -> Checked -> String -> IO a
valueOf env checked wanted = case filter ((== wanted) . occNameString . nameOccName) names of
  name : _ -> namedValue env name
  [] -> throwIO (userError ("no binding " ++ wanted))
  where
    names = map varName (typeEnvIds (tcg_type_env (checkedEnv checked)))

-- | The value of a name, likewise.
namedValue :: HscEnv -> Name -> IO a
namedValue env name = do
  foreign_ <- getHValue env name
  value <- withInterp env (\interpreter -> wormhole interpreter foreign_)
  return (unsafeCoerce value)

-- | Run a step of the compiler; what it refuses is a problem, and so is a crash of its own.
guarded :: DynFlags -> IO a -> IO (Either Problem a)
guarded flags step =
  fmap Right step
    `catches` [ Handler (\e -> return (Left (problem flags (bagToList (srcErrorMessages e)))))
              , Handler (\e -> return (Left (Problem "" 0 0 (take 2000 ("GHC: " ++ show (e :: GhcException))))))
              ]

-- | All instances that a checked module can see.
instanceEnvironment :: HscEnv -> Checked -> IO InstEnvs
instanceEnvironment env (Checked _ _ checked) = do
  eps <- readIORef (hsc_EPS env)
  return
    InstEnvs
      { ie_global = eps_inst_env eps
      , ie_local = tcg_inst_env checked
      , ie_visible = mkModuleSet (tcg_mod checked : imp_orphs (tcg_imports checked))
      }
