{-# LANGUAGE CPP #-}
{-# LANGUAGE FlexibleInstances #-}
{-# LANGUAGE MagicHash #-}
{-# LANGUAGE PatternSynonyms #-}
{-# LANGUAGE TypeApplications #-}
{-# LANGUAGE ViewPatterns #-}

-- | GHC as the worker knows it: everything that differs between versions 9.0 and 9.12, and nothing else.
--
-- Compiled with 9.0.2, 9.6.6 and 9.10.3; what is for versions in between and after follows GHC's own notes on its
-- interface. A name of the libraries leaves this module as GHC 9.0 has it ('homeOf', 'nameOf'), so that nobody else knows
-- which version is in use. No string here may have a gap: the C preprocessor joins its lines.
module Ghc
  ( -- * Sessions
    startSession
  , loadingApart
  , withFlags
  , HscEnv
  , hsc_dflags
    -- * Reading
  , Syntax
  , Parsed
  , LName
  , Placed (..)
  , unplaced
  , Message (..)
  , complaints
  , optionsOf
  , parseAll
  , parseModule
  , parseExpression
  , lexed
    -- * Parts of the syntax
  , pattern Parens
  , pattern ListOf
  , pattern TupleOf
  , signature
  , binders
  , exportedVariable
  , namesPackage
  , isBareSplice
  , instanceHead
    -- * Literals
  , IntegralLit (..)
  , FractionalLit
  , fl_text
  , fraction
  , writtenAs
  , labelText
    -- * Checking, generating, linking
  , Summary
  , summaryModule
  , check
  , desugar
  , simplify
  , Interface (..)
  , install
  , valueNamed
  , visibleInstances
  , findHook
    -- * Core
  , pattern BreakAt
  , pattern Choice
  , anyUsage
  , argumentAndResult
  , localUnique
  , uniqueKey
  , constructorTag
  , withoutSections
  , isArrow
  , isPredicate
  , eqType
    -- * Names
  , homeOf
  , nameOf
  , canonical
    -- * What has moved
  , ModuleName
  , mkModuleName
  , moduleNameString
  , ModGuts (..)
  , ModBreaks (..)
  , typeEnvIds
  , typeEnvTyCons
  ) where

import Control.Concurrent.MVar
import Control.Exception (SomeException)
import Control.Monad.IO.Class (liftIO)
import Data.IORef
import Data.List (intercalate, stripPrefix)
import qualified Data.Map as Map
import Data.Maybe (fromMaybe)
import Data.Time.Clock (UTCTime (..))
import GHC hiding (Parsed, ModuleName, mkModuleName, moduleNameString, parseExpression, parseModule, parser)
import GHC.Core
import GHC.Core.InstEnv (InstEnvs (..))
import GHC.Core.TyCon (isAlgTyCon)
import GHC.Core.Type hiding (Type)
import GHC.Data.Bag (bagToList)
import qualified GHC.Data.EnumSet as EnumSet
import GHC.Data.FastString (FastString, fsLit, unpackFS)
import GHC.Data.StringBuffer (stringToStringBuffer)
import GHC.Driver.Main (hscDesugar, hscInteractive, hscSimplify, hscTcRcLookupName, hscTypecheckRename)
import GHC.Driver.Session
import GHC.Exts (Any, Int (I#))
import GHC.Hs
import GHC.Iface.Make (mkIfaceTc)
import qualified GHC.Parser as Parser
import GHC.Parser.Header (getOptions)
import GHC.Parser.Lexer hiding (messages, options)
import GHC.Runtime.Interpreter (initObjLinker, wormhole)
import GHC.Tc.Types (ImportAvails (..), TcGblEnv (..))
import GHC.Types.Basic (Boxity (..))
import GHC.Types.FieldLabel
import GHC.Types.Id (Id)
import GHC.Types.Name (nameModule_maybe, nameOccName)
import GHC.Types.Name.Env (emptyNameEnv)
import GHC.Types.Name.Occurrence (mkVarOcc, occNameString)
import GHC.Types.Name.Reader (RdrName)
import GHC.Types.SrcLoc
import GHC.Types.Unique (Unique, getKey, mkUnique, unpkUnique)
import GHC.Types.Var (varUnique)
import GHC.Unit.Info (unitId)
import GHC.Unit.Module.Env (mkModuleSet)
#if __GLASGOW_HASKELL__ >= 902
import GHC.Unit.State (emptyUnitState, listUnitInfo)
#else
import GHC.Unit.State (listUnitInfo)
#endif
import GHC.Unit.Types (GenWithIsBoot (..), IsBootInterface (..), stringToUnit)
import GHC.Utils.Outputable (defaultUserStyle, ppr, showSDocUnsafe)
import Unsafe.Coerce (unsafeCoerce)

#if __GLASGOW_HASKELL__ >= 902
import GHC.Driver.Env (HscEnv (..), hscEPS, hscInterp, hsc_home_unit, hsc_units)
import GHC.Driver.Ppr (showSDocForUser)
import GHC.Linker.Loader (loadName)
import GHC.Linker.Types
import GHC.Parser.PostProcess (runPV, unECP)
import GHC.Runtime.Interpreter.Types (Interp (..))
import GHC.Types.SourceError (SourceError, srcErrorMessages)
import GHC.Types.SourceFile (HscSource (..))
import GHC.Types.SourceText (FractionalLit (..), IntegralLit (..), SourceText (..), rationalFromFractionalLit)
import GHC.Types.Tickish (GenTickish (..))
import GHC.Types.TyThing (TyThing (..))
import GHC.Types.TypeEnv (typeEnvIds, typeEnvTyCons)
import GHC.Unit.External (ExternalPackageState (..))
import GHC.Unit.Finder (addHomeModuleToFinder)
import GHC.Unit.Home (mkHomeModule)
import GHC.Unit.Home.ModInfo
import GHC.Unit.Module.Deps (Dependencies (..), noDependencies)
import GHC.Unit.Module.Location (ModLocation)
import GHC.Unit.Module.ModDetails (ModDetails)
import GHC.Unit.Module.ModGuts (ModGuts (..))
import GHC.Unit.Module.ModIface (ModIface, emptyFullModIface, mi_module)
import GHC.Unit.Module.ModSummary (ModSummary (..))
import GHC.Utils.Error (formatBulleted)
import GHC.Utils.Logger (pushLogHook)
#else
import GHC.Driver.Finder (addHomeModuleToFinder)
import GHC.Driver.Types
import GHC.Iface.Env (lookupOrigIO)
import GHC.Iface.Tidy (tidyProgram)
import GHC.Parser.PostProcess (runECP_P)
import GHC.Runtime.Interpreter (withInterp)
import GHC.Runtime.Linker (getHValue)
import GHC.Runtime.Linker.Types
import GHC.Types.Basic (FractionalLit (..), IntegralLit (..), SourceText (..))
import GHC.Unit.Module.Name (ModuleName, mkModuleName, moduleNameString)
import GHC.Utils.Error
import GHC.Utils.Outputable (showSDocForUser)
#endif

#if __GLASGOW_HASKELL__ >= 902 && __GLASGOW_HASKELL__ < 904
import GHC.Driver.Config (initParserOpts)
import GHC.Iface.Env (lookupOrigIO)
import GHC.Iface.Tidy (tidyProgram)
import GHC.Parser.Errors.Ppr (pprError)
import GHC.Types.Error (MsgEnvelope (..))
#endif

#if __GLASGOW_HASKELL__ >= 904
import GHC.Driver.Backend
import GHC.Driver.Config.Parser (initParserOpts)
import GHC.Driver.Errors.Types (GhcMessage (..))
import GHC.Driver.Env (hscSetFlags, hscUpdateHPT, hsc_HPT)
import GHC.Driver.Main (hscTidy)
import GHC.Fingerprint (fingerprint0)
import GHC.Iface.Env (lookupNameCache)
import GHC.Types.Error
import GHC.Types.PkgQual (RawPkgQual (..))
import GHC.Types.Unique.DFM (listToUDFM)
import GHC.Types.Unique.DSet (emptyUniqDSet)
import GHC.Unit.Module.Graph
import GHC.Unit.Types (moduleUnitId)
#endif

#if __GLASGOW_HASKELL__ >= 906
import GHC.Builtin.Types (unrestrictedFunTyCon)
import GHC.Builtin.Types.Prim (fUNTyCon)
import GHC.Core.Predicate (isPredTy)
import GHC.Core.TyCo.Compare (eqType)
import GHC.Driver.Main (mkCgInteractiveGuts)
import GHC.Unit.Module.Env (emptyModuleEnv)
import GHC.Utils.TmpFs (TempDir (..))
import Language.Haskell.Syntax.Basic (FieldLabelString (..))
import Language.Haskell.Syntax.Module.Name (ModuleName, mkModuleName, moduleNameString)
#elif __GLASGOW_HASKELL__ >= 902
import GHC.Core.TyCon (isFunTyCon)
import GHC.Unit.Module.Name (ModuleName, mkModuleName, moduleNameString)
#else
import GHC.Core.TyCon (isFunTyCon)
#endif

#if __GLASGOW_HASKELL__ >= 904 && __GLASGOW_HASKELL__ < 906
import GHC.Unit.Module.Env (emptyModuleEnv)
#endif

#if __GLASGOW_HASKELL__ >= 902
import GHC.ByteCode.Types (ModBreaks (..))
#endif

#if __GLASGOW_HASKELL__ >= 910
import GHC.Prim (dataToTagLarge#)
#else
import GHC.Exts (dataToTag#)
#endif

-- Sessions ------------------------------------------------------------------------------------------------------------

-- | GHC on its libraries, and the flags for what users wrote (Safe). Reads the package databases; runs nothing (GHC would
-- ask the C compiler where libraries are). All packages count as loaded, because the worker itself is linked with those
-- that programs may use.
startSession :: FilePath -> [String] -> IO (HscEnv, DynFlags)
startSession libdir options = do
  (env, safe) <- runGhc (Just libdir) started
  nowhere env
  return (env, safe)
  where
    started = do
      flags0 <- getSessionDynFlags
#if __GLASGOW_HASKELL__ >= 902
      logger <- getLogger
      (flags1, _, _) <- parseDynamicFlags logger flags0 (map noLoc (options ++ ["-dynamic", "-O0"]))
#else
      (flags1, _, _) <- parseDynamicFlags flags0 (map noLoc (options ++ ["-dynamic", "-O0"]))
#endif
      _ <- setSessionDynFlags (quiet flags1)
      env <- silent <$> getSession
      (safe, _, _) <- parseDynamicFilePragma (hsc_dflags env) [noLoc "-XSafe"]
      liftIO (allLinked env)
      return (env, safe)
    quiet flags =
      interpreted
        (flags `gopt_set` Opt_OmitInterfacePragmas)
          { ghcLink = LinkInMemory
          , ghcMode = CompManager
          , verbosity = 0
          , warningFlags = EnumSet.empty
          , fatalWarningFlags = EnumSet.empty
          , maxValidHoleFits = Just 0
          , maxErrors = Just 3
          }

-- | For the byte code interpreter; and nothing is printed.
interpreted :: DynFlags -> DynFlags
silent :: HscEnv -> HscEnv
#if __GLASGOW_HASKELL__ >= 910
interpreted flags = (flags `gopt_set` Opt_InsertBreakpoints) {backend = interpreterBackend}
silent env = env {hsc_logger = pushLogHook (\_ _ _ _ _ -> return ()) (hsc_logger env)}
#elif __GLASGOW_HASKELL__ >= 906
interpreted flags = flags {backend = interpreterBackend}
silent env = env {hsc_logger = pushLogHook (\_ _ _ _ _ -> return ()) (hsc_logger env)}
#elif __GLASGOW_HASKELL__ >= 904
interpreted flags = flags {backend = Interpreter}
silent env = env {hsc_logger = pushLogHook (\_ _ _ _ _ -> return ()) (hsc_logger env)}
#elif __GLASGOW_HASKELL__ >= 902
interpreted flags = flags {backend = Interpreter}
silent env = env {hsc_logger = pushLogHook (\_ _ _ _ _ _ -> return ()) (hsc_logger env)}
#else
interpreted flags = flags {hscTarget = HscInterpreted, log_action = \_ _ _ _ _ -> return ()}
silent = id
#endif

-- | GHC names temporary files that it never writes here: it need not make a folder for them, nor may it in every jail.
nowhere :: HscEnv -> IO ()
#if __GLASGOW_HASKELL__ >= 906
nowhere env = case unsafeCoerce (hsc_tmpfs env) of
  FoldersFirst folders -> writeIORef folders (Map.singleton place "/nowhere")
  where
    TempDir place = tmpDir (hsc_dflags env)

-- GHC keeps the fields of its record to itself: this one has the same first field, which is all that is touched.
data FoldersFirst = FoldersFirst (IORef (Map.Map FilePath FilePath))
#elif __GLASGOW_HASKELL__ >= 902
nowhere _ = return ()
#else
nowhere env = writeIORef (dirsToClean flags) (Map.singleton (tmpDir flags) "/nowhere")
  where
    flags = hsc_dflags env
#endif

allLinked :: HscEnv -> IO ()
#if __GLASGOW_HASKELL__ >= 902
allLinked env = do
  let interpreter = hscInterp env
      units = map unitId (listUnitInfo (hsc_units env))
  initObjLinker interpreter
  _ <- swapMVar (loader_state (interpLoader interpreter)) (Just (linkedWith units))
  return ()
  where
#if __GLASGOW_HASKELL__ >= 906
    linkedWith units = LoaderState (LinkerEnv emptyNameEnv emptyNameEnv emptyNameEnv) emptyModuleEnv emptyModuleEnv (loaded units) []
#if __GLASGOW_HASKELL__ >= 910
    loaded units = listToUDFM [(u, LoadedPkgInfo u [] [] [] emptyUniqDSet) | u <- units]
#else
    loaded units = listToUDFM [(u, LoadedPkgInfo u [] [] emptyUniqDSet) | u <- units]
#endif
#elif __GLASGOW_HASKELL__ >= 904
    linkedWith units = LoaderState emptyNameEnv emptyNameEnv emptyModuleEnv emptyModuleEnv (loaded units) []
    loaded units = listToUDFM [(u, LoadedPkgInfo u [] [] emptyUniqDSet) | u <- units]
#else
    linkedWith units = LoaderState emptyNameEnv emptyNameEnv [] [] units []
#endif
#else
allLinked env = do
  initObjLinker env
  _ <- swapMVar (dl_mpls (hsc_dynLinker env)) (Just (PersistentLinkerState emptyNameEnv emptyNameEnv [] [] units []))
  return ()
  where
    units = map unitId (listUnitInfo (unitState (hsc_dflags env)))
#endif

-- | The same compiler with a loader of its own, in which nothing is linked but what was at the start.
loadingApart :: HscEnv -> IO HscEnv
#if __GLASGOW_HASKELL__ >= 902
loadingApart env = do
  let interpreter = hscInterp env
  state <- readMVar (loader_state (interpLoader interpreter)) >>= newMVar
  return env {hsc_interp = Just interpreter {interpLoader = Loader state}}
#else
loadingApart env = do
  state <- readMVar (dl_mpls (hsc_dynLinker env)) >>= newMVar
  return env {hsc_dynLinker = DynLinker state}
#endif

withFlags :: DynFlags -> HscEnv -> HscEnv
#if __GLASGOW_HASKELL__ >= 904
withFlags = hscSetFlags
#else
withFlags flags env = env {hsc_dflags = flags}
#endif

-- Reading -------------------------------------------------------------------------------------------------------------

-- | A module as it was parsed.
#if __GLASGOW_HASKELL__ >= 906
type Syntax = HsModule GhcPs
#else
type Syntax = HsModule
#endif

type Parsed = Located Syntax

-- | A name where it is bound.
type LName = LIdP GhcPs

-- | What says where a node of the syntax stands.
class Placed l where
  spanOf :: l -> SrcSpan
  placedAt :: SrcSpan -> l

instance Placed SrcSpan where
  spanOf = id
  placedAt = id

#if __GLASGOW_HASKELL__ >= 910
instance NoAnn a => Placed (EpAnn a) where
  spanOf = locA
  placedAt = noAnnSrcSpan
#elif __GLASGOW_HASKELL__ >= 902
instance Placed (SrcSpanAnn' (EpAnn a)) where
  spanOf = locA
  placedAt = noAnnSrcSpan
#endif

unplaced :: Placed l => e -> GenLocated l e
unplaced = L (placedAt noSrcSpan)

-- | An error of GHC's: its place, and its text with what GHC suggests.
data Message = Message {messagePlace :: SrcSpan, messageText :: String}

complaints :: DynFlags -> SourceError -> [Message]
#if __GLASGOW_HASKELL__ >= 904
complaints flags e = map (message flags) (bagToList (getMessages (srcErrorMessages e)))

-- From 9.4 on, what GHC suggests is no part of the message.
message :: DynFlags -> MsgEnvelope GhcMessage -> Message
message flags e = Message (errMsgSpan e) (intercalate "\n" (map shown (said : map ppr (diagnosticHints (errMsgDiagnostic e)))))
  where
    shown = showSDocForUser flags emptyUnitState (errMsgContext e)
#if __GLASGOW_HASKELL__ >= 908
    bulleted = formatBulleted
#else
    bulleted = formatBulleted (initSDocContext flags defaultUserStyle)
#endif
#if __GLASGOW_HASKELL__ >= 906
    said = bulleted (diagnosticMessage (defaultDiagnosticOpts @GhcMessage) (errMsgDiagnostic e))
#else
    said = bulleted (diagnosticMessage (errMsgDiagnostic e))
#endif
#else
complaints flags e = map (message flags) (bagToList (srcErrorMessages e))

#if __GLASGOW_HASKELL__ >= 902
message :: DynFlags -> MsgEnvelope DecoratedSDoc -> Message
message flags e = Message (errMsgSpan e) (showSDocForUser flags emptyUnitState (errMsgContext e) (formatBulleted context (errMsgDiagnostic e)))
#else
message :: DynFlags -> ErrMsg -> Message
message flags e = Message (errMsgSpan e) (showSDocForUser flags (errMsgContext e) (formatErrDoc context (errMsgDoc e)))
#endif
  where
    context = initSDocContext flags defaultUserStyle
#endif

parseAll :: DynFlags -> String -> P a -> String -> Either [Message] a
parseAll flags file parser source = case unP parser (parserState (mkRealSrcLoc (fsLit file) 1 1)) of
  POk state x | null (found state) -> Right x
              | otherwise -> Left (found state)
  PFailed state -> Left (found state)
  where
#if __GLASGOW_HASKELL__ >= 902
    parserState = initParserState (initParserOpts flags) (stringToStringBuffer source)
#else
    parserState = mkPState flags (stringToStringBuffer source)
#endif
#if __GLASGOW_HASKELL__ >= 904
    found = map (message flags . fmap GhcPsMessage) . bagToList . getMessages . getPsErrorMessages
#elif __GLASGOW_HASKELL__ >= 902
    found = map (message flags . pprError) . bagToList . getErrorMessages
#else
    found state = map (message flags) (bagToList (getErrorMessages state flags))
#endif

parseModule :: P Parsed
parseModule = Parser.parseModule

parseExpression :: P (LHsExpr GhcPs)
#if __GLASGOW_HASKELL__ >= 902
parseExpression = Parser.parseExpression >>= \p -> runPV (unECP p)
#else
parseExpression = Parser.parseExpression >>= runECP_P
#endif

-- | The options of a source's header, as flags (@-XLambdaCase@).
optionsOf :: DynFlags -> String -> [Located String]
#if __GLASGOW_HASKELL__ >= 912
optionsOf flags source = snd (getOptions (initParserOpts flags) (supportedLanguagesAndExtensions (platformArchOS (targetPlatform flags))) (stringToStringBuffer source) "P.hs")
#elif __GLASGOW_HASKELL__ >= 904
optionsOf flags source = snd (getOptions (initParserOpts flags) (stringToStringBuffer source) "P.hs")
#else
optionsOf flags source = getOptions flags (stringToStringBuffer source) "P.hs"
#endif

lexed :: DynFlags -> String -> [Token]
lexed flags source = case found (mkRealSrcLoc (fsLit "P.hs") 1 1) of
  POk _ tokens -> map unLoc tokens
  PFailed _ -> []
  where
#if __GLASGOW_HASKELL__ >= 902
    found = lexTokenStream (initParserOpts flags) (stringToStringBuffer source)
#else
    found start = lexTokenStream (stringToStringBuffer source) start flags
#endif

-- Parts of the syntax -------------------------------------------------------------------------------------------------

-- | An expression in parentheses.
pattern Parens :: LHsExpr GhcPs -> HsExpr GhcPs
#if __GLASGOW_HASKELL__ >= 904 && __GLASGOW_HASKELL__ < 910
pattern Parens e <- HsPar _ _ e _
#else
pattern Parens e <- HsPar _ e
#endif

-- | A list, written out.
pattern ListOf :: [LHsExpr GhcPs] -> HsExpr GhcPs
#if __GLASGOW_HASKELL__ >= 902
pattern ListOf es <- ExplicitList _ es
#else
pattern ListOf es <- ExplicitList _ Nothing es
#endif

-- | A tuple with all its fields.
pattern TupleOf :: [LHsExpr GhcPs] -> HsExpr GhcPs
pattern TupleOf es <- (tupleFields -> Just es)

tupleFields :: HsExpr GhcPs -> Maybe [LHsExpr GhcPs]
tupleFields e = case e of
  ExplicitTuple _ fields Boxed -> mapM present fields
  _ -> Nothing
  where
#if __GLASGOW_HASKELL__ >= 902
    present field = case field of
#else
    present (L _ field) = case field of
#endif
      Present _ x -> Just x
      _ -> Nothing

-- | The signature of a name, where the name stands.
signature :: LName -> LHsSigWcType GhcPs -> LHsDecl GhcPs
#if __GLASGOW_HASKELL__ >= 902
signature n@(L l _) ty = L (placedAt (spanOf l)) (SigD noExtField (TypeSig noAnn [n] ty))
#else
signature n@(L l _) ty = L l (SigD noExtField (TypeSig noExtField [n] ty))
#endif

-- | The names that a binding binds.
binders :: HsBind GhcPs -> [RdrName]
#if __GLASGOW_HASKELL__ >= 902
binders = collectHsBindBinders CollNoDictBinders
#else
binders = collectHsBindBinders
#endif

-- | The function that an item of an export list names.
exportedVariable :: IE GhcPs -> Maybe RdrName
exportedVariable item = case item of
#if __GLASGOW_HASKELL__ >= 910
  IEVar _ n _ -> Just (ieWrappedName (unLoc n))
#else
  IEVar _ n -> Just (ieWrappedName (unLoc n))
#endif
  _ -> Nothing

-- | Whether an import says from which package.
namesPackage :: ImportDecl GhcPs -> Bool
#if __GLASGOW_HASKELL__ >= 904
namesPackage d = case ideclPkgQual d of
  NoRawPkgQual -> False
  _ -> True
#else
namesPackage d = case ideclPkgQual d of
  Nothing -> False
  Just _ -> True
#endif

-- | Whether a declaration is an expression that stands alone, which would be a splice under Template Haskell.
isBareSplice :: HsDecl GhcPs -> Bool
isBareSplice d = case d of
#if __GLASGOW_HASKELL__ >= 906
  SpliceD _ (SpliceDecl _ _ BareSplice) -> True
#else
  SpliceD _ (SpliceDecl _ _ ImplicitSplice) -> True
#endif
  _ -> False

-- | What an instance is of, as text.
instanceHead :: HsDecl GhcPs -> Maybe String
instanceHead d = case d of
  InstD _ (ClsInstD _ i) -> Just (headOf (cid_poly_ty i))
  DerivD _ i -> Just (headOf (hswc_body (deriv_type i)))
  _ -> Nothing
  where
#if __GLASGOW_HASKELL__ >= 902
    headOf ty = showSDocUnsafe (ppr (sig_body (unLoc ty)))
#else
    headOf ty = showSDocUnsafe (ppr (hsib_body ty))
#endif

-- Literals ------------------------------------------------------------------------------------------------------------

fraction :: FractionalLit -> Rational
#if __GLASGOW_HASKELL__ >= 902
fraction = rationalFromFractionalLit
#else
fraction = fl_value
#endif

-- | A literal as the source has it.
writtenAs :: SourceText -> Maybe String
writtenAs text = case text of
#if __GLASGOW_HASKELL__ >= 908
  SourceText s -> Just (unpackFS s)
#else
  SourceText s -> Just s
#endif
  NoSourceText -> Nothing

labelText :: FieldLabel -> String
#if __GLASGOW_HASKELL__ >= 906
labelText = unpackFS . field_label . flLabel
#else
labelText = unpackFS . flLabel
#endif

-- Checking, generating, linking ---------------------------------------------------------------------------------------

-- | A module as the compiler's stages pass it on.
type Summary = ModSummary

summaryModule :: Summary -> Module
summaryModule = ms_mod

-- | Typecheck a parsed module under a name of ours; errors are thrown as 'SourceError'. Safe Haskell's check of imports is
-- part of it.
check :: HscEnv -> ModuleName -> Parsed -> IO (Summary, TcGblEnv)
check env0 name source = do
  (checked, _) <- hscTypecheckRename env summary parsed
  return (summary, checked)
  where
    env = inGraph summary env0
    file = moduleNameString name ++ ".hs"
    summary =
      ModSummary
        { ms_hsc_src = HsSrcFile
        , ms_obj_date = Nothing
        , ms_iface_date = Nothing
        , ms_hie_date = Nothing
        , ms_srcimps = []
        , ms_textual_imps = []
        , ms_parsed_mod = Nothing
        , ms_hspp_file = file
        , ms_hspp_opts = hsc_dflags env0
        , ms_hspp_buf = Nothing
#if __GLASGOW_HASKELL__ >= 904
        , ms_mod = mkHomeModule (hsc_home_unit env0) name
        , ms_location = ModLocation (Just file) "" "" "" "" ""
        , ms_hs_hash = fingerprint0
        , ms_dyn_obj_date = Nothing
        , ms_ghc_prim_import = False
#elif __GLASGOW_HASKELL__ >= 902
        , ms_mod = mkHomeModule (hsc_home_unit env0) name
        , ms_location = ModLocation (Just file) "" "" ""
        , ms_hs_date = epoch
#else
        , ms_mod = mkModule (homeUnit (hsc_dflags env0)) name
        , ms_location = ModLocation (Just file) "" "" ""
        , ms_hs_date = epoch
#endif
        }
    ours = fmap (\m -> m {hsmodName = Just (unplaced name), hsmodExports = Nothing}) source
#if __GLASGOW_HASKELL__ >= 902
    parsed = HsParsedModule ours []
#else
    parsed = HsParsedModule ours [] (ApiAnns Map.empty Nothing Map.empty [])
#endif

epoch :: UTCTime
epoch = UTCTime (toEnum 0) 0

-- | From 9.4 on, which modules stand below another is asked of the graph of modules: all that are loaded do.
inGraph :: Summary -> HscEnv -> HscEnv
#if __GLASGOW_HASKELL__ >= 904
inGraph summary env = env {hsc_mod_graph = extendMG (hsc_mod_graph env) below summary}
  where
    below = [NodeKey_Module (key (mi_module (hm_iface info))) | info <- eltsHpt (hsc_HPT env)]
    key m = ModNodeKeyWithUid (GWIB (moduleName m) NotBoot) (moduleUnitId m)
#else
inGraph _ env = env
#endif

desugar :: HscEnv -> Summary -> TcGblEnv -> IO ModGuts
desugar = hscDesugar

simplify :: HscEnv -> ModGuts -> IO ModGuts
simplify env = hscSimplify env []

-- | What later modules see of a module: everything, or what is needed to link it (for a module that no other imports).
data Interface = WholeInterface | LinkOnly

-- | Generate a module's byte code and let later modules import it.
install :: HscEnv -> Interface -> Summary -> TcGblEnv -> ModGuts -> IO HscEnv
install env0 kept summary checked guts = do
  let env = inGraph summary env0
      location = ms_location summary
      name = ms_mod_name summary
#if __GLASGOW_HASKELL__ >= 904
  (core, details) <- hscTidy env guts
#else
  (core, details) <- tidyProgram env guts
#endif
#if __GLASGOW_HASKELL__ >= 906
  generated <- hscInteractive env (mkCgInteractiveGuts core) location
#else
  generated <- hscInteractive env core location
#endif
  interface <- interfaceOf env details
#if __GLASGOW_HASKELL__ >= 904
  _ <- addHomeModuleToFinder (hsc_FC env) (hsc_home_unit env) (finderKey name) location
#else
  _ <- addHomeModuleToFinder env name location
#endif
#if __GLASGOW_HASKELL__ >= 904
  return (hscUpdateHPT (\table -> addToHpt table name (HomeModInfo interface details (codeOf generated))) env)
#else
  return env {hsc_HPT = addToHpt (hsc_HPT env) name (HomeModInfo interface details (codeOf generated))}
#endif
  where
    interfaceOf env details = case kept of
#if __GLASGOW_HASKELL__ >= 904
      WholeInterface -> mkIfaceTc env (safeHaskell (hsc_dflags env)) details summary Nothing checked
      LinkOnly -> return (emptyFullModIface (ms_mod summary))
#else
      WholeInterface -> mkIfaceTc env (safeHaskell (hsc_dflags env)) details checked
      LinkOnly -> return (emptyFullModIface (ms_mod summary)) {mi_deps = noDependencies {dep_mods = below env}}
    below env = [GWIB (moduleName (mi_module (hm_iface info))) NotBoot | info <- eltsHpt (hsc_HPT env)]
#endif
#if __GLASGOW_HASKELL__ >= 912
    finderKey name = GWIB name NotBoot
#elif __GLASGOW_HASKELL__ >= 904
    finderKey name = name
#endif
#if __GLASGOW_HASKELL__ >= 912
    codeOf (_, code) = justBytecode (Linkable epoch (ms_mod summary) (pure (BCOs code)))
#elif __GLASGOW_HASKELL__ >= 910
    codeOf (_, code, static) = justBytecode (LM epoch (ms_mod summary) [BCOs code static])
#elif __GLASGOW_HASKELL__ >= 906
    codeOf (_, code, static) = justBytecode (LM epoch (ms_mod summary) [BCOs code static])
#else
    codeOf (_, code, static) = Just (LM epoch (ms_mod summary) [BCOs code static])
#endif

-- | The value of a name, linking whatever it needs. The caller knows its type.
valueNamed :: HscEnv -> Name -> IO a
#if __GLASGOW_HASKELL__ >= 904
valueNamed env name = do
  (foreign_, _, _) <- loadName (hscInterp env) env name
  unsafeCoerce <$> wormhole (hscInterp env) foreign_
#elif __GLASGOW_HASKELL__ >= 902
valueNamed env name = do
  foreign_ <- loadName (hscInterp env) env name
  unsafeCoerce <$> wormhole (hscInterp env) foreign_
#else
valueNamed env name = do
  foreign_ <- getHValue env name
  unsafeCoerce <$> withInterp env (\interpreter -> wormhole interpreter foreign_)
#endif

-- | All instances that a checked module can see.
visibleInstances :: HscEnv -> TcGblEnv -> IO InstEnvs
visibleInstances env checked = do
  external <- hscEPS env
  return
    InstEnvs
      { ie_global = eps_inst_env external
      , ie_local = tcg_inst_env checked
      , ie_visible = mkModuleSet (tcg_mod checked : imp_orphs (tcg_imports checked))
      }

-- | A function of a library's module, by unit, module and name.
findHook :: HscEnv -> String -> String -> String -> IO (Maybe Id)
findHook env unit home text = do
#if __GLASGOW_HASKELL__ >= 904
  name <- lookupNameCache (hsc_NC env) place (mkVarOcc text)
#else
  name <- lookupOrigIO env place (mkVarOcc text)
#endif
  thing <- hscTcRcLookupName env name
  return $ case thing of
    Just (AnId i) -> Just i
    _ -> Nothing
  where
    place = mkModule (stringToUnit unit) (mkModuleName home)

-- Core ----------------------------------------------------------------------------------------------------------------

-- | One of GHC's breakpoints, by number, around an expression.
pattern BreakAt :: Int -> CoreExpr -> CoreExpr
#if __GLASGOW_HASKELL__ >= 912
pattern BreakAt n e <- Tick (Breakpoint {breakpointId = BreakpointId {bi_tick_index = n}}) e
#else
pattern BreakAt n e <- Tick (Breakpoint {breakpointId = n}) e
#endif

-- | An alternative of a case.
pattern Choice :: AltCon -> [b] -> Expr b -> Alt b
#if __GLASGOW_HASKELL__ >= 902
pattern Choice con bs e = Alt con bs e
#else
pattern Choice con bs e = (con, bs, e)
#endif
{-# COMPLETE Choice #-}

anyUsage :: Type
#if __GLASGOW_HASKELL__ >= 906
anyUsage = ManyTy
#else
anyUsage = Many
#endif

-- | The argument and the result of a function's type.
argumentAndResult :: Type -> Maybe (Type, Type)
#if __GLASGOW_HASKELL__ >= 906
argumentAndResult ty = (\(_, _, a, r) -> (a, r)) <$> splitFunTy_maybe ty
#else
argumentAndResult ty = (\(_, a, r) -> (a, r)) <$> splitFunTy_maybe ty
#endif

-- | A unique of ours: GHC gives out none of this letter.
localUnique :: Int -> Unique
localUnique n = mkUnique 'Z' (fromIntegral n)

-- | Desugared code with sections as GHC 9.0 has them. From 9.2 on they are calls of functions of GHC's own, whose unfolding
-- binds the operator to a local name (with a unique of GHC's templates): the operator is put back to where it is called.
withoutSections :: CoreBind -> CoreBind
#if __GLASGOW_HASKELL__ >= 902
withoutSections b = case b of
  NonRec i e -> NonRec i (plain e)
  Rec pairs -> Rec [(i, plain e) | (i, e) <- pairs]
  where
    plain e = case e of
      Let (NonRec f op) (Let second (Lam x body)) | calls f body -> Let (withoutSections second) (Lam x (put f (plain op) body))
      Let (NonRec f op) (Lam x body) | calls f body -> Lam x (put f (plain op) body)
      App f x -> App (plain f) (plain x)
      Lam x body -> Lam x (plain body)
      Let inner body -> Let (withoutSections inner) (plain body)
      Case scrutinee i t alternatives -> Case (plain scrutinee) i t [Choice con names (plain r) | Choice con names r <- alternatives]
      Cast inner co -> Cast (plain inner) co
      Tick t inner -> Tick t (plain inner)
      _ -> e
    calls f body = fst (unpkUnique (varUnique f)) == 'B' && case collectArgs body of
      (Var g, arguments) -> g == f && and [a /= f | Var a <- arguments] && all isVariable arguments
      _ -> False
    isVariable a = case a of
      Var _ -> True
      _ -> False
    put f op body = case collectArgs body of
      (Var g, arguments) | g == f -> mkApps op arguments
      _ -> body
#else
withoutSections = id
#endif

uniqueKey :: Unique -> Int
uniqueKey = fromIntegral . getKey

-- | The number of an evaluated value's constructor, from 0.
constructorTag :: Any -> Int
#if __GLASGOW_HASKELL__ >= 910
constructorTag x = I# (dataToTagLarge# x)
#else
constructorTag x = I# (dataToTag# x)
#endif

isArrow :: TyCon -> Bool
#if __GLASGOW_HASKELL__ >= 906
isArrow tc = tc `elem` [unrestrictedFunTyCon, fUNTyCon]
#else
isArrow = isFunTyCon
#endif

isPredicate :: Type -> Bool
isPredicate = isPredTy

-- Names ---------------------------------------------------------------------------------------------------------------

-- | The module that defines a name, as GHC 9.0 has it; nothing where the name is local.
homeOf :: Name -> Maybe String
homeOf = fmap fst . canonicalName

-- | A name without its module, likewise.
nameOf :: Name -> String
nameOf name = maybe (occNameString (nameOccName name)) snd (canonicalName name)

canonicalName :: Name -> Maybe (String, String)
canonicalName name = (\m -> canonical (moduleNameString (moduleName m)) (occNameString (nameOccName name))) <$> nameModule_maybe name

-- | A name of the libraries (module, name), as GHC 9.0 has it.
canonical :: String -> String -> (String, String)
canonical written name
  | home `elem` ["GHC.Tuple", "GHC.Tuple.Prim"] = ("GHC.Tuple", tuple)
  | (home, name) == ("GHC.Types", "List") = ("GHC.Types", "[]")
  | (home, name) == ("GHC.Types", "Unit") = ("GHC.Tuple", "()")
  | otherwise = (fromMaybe home (lookup (home, name) moved), name)
  where
    -- From 9.10 on, what base defines is found in modules of another package.
    home = maybe written outside (stripPrefix "GHC.Internal." written)
    outside rest = if takeWhile (/= '.') rest `elem` roots then rest else "GHC." ++ rest
    roots = ["Control", "Data", "Foreign", "Numeric", "System", "Text", "Type", "Unsafe"]
    tuple
      | name == "Unit" = "()"
      | Just count <- stripPrefix "Tuple" name, [(n, "")] <- reads count = "(" ++ replicate (n - 1 :: Int) ',' ++ ")"
      | otherwise = name
    moved =
      [ (("Data.ByteString.Internal.Type", "ByteString"), "Data.ByteString.Internal")
      , (("Data.Functor.ZipList", "ZipList"), "Control.Applicative")
      , (("GHC.Functor.ZipList", "ZipList"), "Control.Applicative")
      , (("GHC.Base", "Void"), "Data.Void")
      ]
