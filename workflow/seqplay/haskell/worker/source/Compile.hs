-- | GHC's pipeline on one module in memory: parse, typecheck, generate byte code, link.
--
-- What depends on GHC's version is in "Ghc".
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

import Control.Exception
import Data.List (sortOn)
import GHC (Name, SrcSpan (..), noLoc, srcSpanFile, srcSpanStartCol, srcSpanStartLine, unLoc)
import GHC.Core.InstEnv (InstEnvs)
import GHC.Data.FastString (unpackFS)
import GHC.Driver.Session
import GHC.Hs (GhcPs, LHsExpr)
import qualified GHC.LanguageExtensions as LangExt
import GHC.Parser.Lexer (P, Token)
import GHC.Tc.Types (TcGblEnv (..))
import GHC.Types.Name (nameOccName)
import GHC.Types.Name.Occurrence (occNameString)
import GHC.Types.SrcLoc (GenLocated (..))
import GHC.Types.Var (varName)
import GHC.Utils.Panic (GhcException)
import Ghc

-- | A compiler with its libraries loaded and no program in it.
data Session = Session
  { environment :: HscEnv
  , programFlags :: DynFlags
  -- ^ For what users wrote: Safe.
  , driverFlags :: DynFlags
  }

-- | A typechecked module, with the flags it was checked under.
data Checked = Checked {checkedFlags :: DynFlags, checkedSummary :: Summary, checkedEnv :: TcGblEnv}

-- | What GHC says of a source, and where (file, line and column from 1; 0 where there is no place).
data Problem = Problem {problemFile :: String, problemLine :: Int, problemColumn :: Int, problemText :: String}

openSession :: FilePath -> [String] -> IO Session
openSession libdir options = do
  (env, safe) <- startSession libdir options
  return (Session env safe (hsc_dflags env))

-- | The session with no program loaded and nothing linked: nothing of an earlier item can be reached.
--
-- What was read of libraries stays, as it must: types that were read on demand refer to it without asking again.
freshItem :: Session -> IO HscEnv
freshItem = loadingApart . environment

-- | The options of a source's header, as flags (@-XLambdaCase@), with their lines.
pragmas :: DynFlags -> String -> [(Int, String)]
pragmas flags source = [(fst (place l), option) | L l option <- optionsOf flags source]

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
parseSource flags file = parsed flags file parseModule

-- | Parse a text that must be one whole expression, and nothing besides.
parseExpressionAlone :: DynFlags -> String -> String -> Either Problem (LHsExpr GhcPs)
parseExpressionAlone flags file = parsed flags file parseExpression

parsed :: DynFlags -> String -> P a -> String -> Either Problem a
parsed flags file parser source = either (Left . problem) Right (parseAll flags file parser source)

tokens :: DynFlags -> String -> [Token]
tokens = lexed

-- | The first of GHC's errors in the order of the source.
problem :: [Message] -> Problem
problem messages = case sortOn (place . messagePlace) messages of
  [] -> Problem "" 0 0 "GHC gave no reason"
  Message l text : _ -> let (line, column) = place l in Problem (file l) line column (take 2000 text)
  where
    file l = case l of
      RealSrcSpan s _ -> unpackFS (srcSpanFile s)
      UnhelpfulSpan _ -> ""

place :: SrcSpan -> (Int, Int)
place l = case l of
  RealSrcSpan s _ -> (srcSpanStartLine s, srcSpanStartCol s)
  UnhelpfulSpan _ -> (0, 0)

-- | Typecheck a parsed module under a name of ours. Safe Haskell's check of imports is part of it.
typecheck :: HscEnv -> DynFlags -> ModuleName -> Parsed -> IO Checked
typecheck env flags name source = uncurry (Checked flags) <$> check (withFlags flags env) name source

-- | Generate a module's byte code and let later modules import it. No simplifier: speed of loading counts here.
addModule :: HscEnv -> Checked -> IO HscEnv
addModule = addThrough (const return) WholeInterface

-- | The same for a module that no other imports: it needs no interface but what it is linked with.
addLeaf :: HscEnv -> Checked -> IO HscEnv
addLeaf = addThrough (const return) LinkOnly

-- | The same through GHC's simplifier: slower to generate, several times faster to run. What the byte code compiler
-- cannot do (unboxed tuples that library code brings in) is done as 'addModule' does it.
addOptimised :: HscEnv -> Checked -> IO HscEnv
addOptimised env checked =
  addThrough simplify WholeInterface env checked {checkedFlags = optimising (checkedFlags checked)}
    `catch` \e -> const (addModule env checked) (e :: GhcException)
  where
    optimising flags = foldl gopt_unset (updOptLevel 1 flags) [Opt_Strictness, Opt_CprAnal]

-- | The same as 'addModule' with a change of its desugared code, and what the change says.
addChanged :: (ModGuts -> (ModGuts, a)) -> HscEnv -> Checked -> IO (HscEnv, a)
addChanged change = addSaying (const (return . change)) WholeInterface

-- | Generate a module's byte code from what a transformation makes of it, with the interface that later modules read.
addThrough :: (HscEnv -> ModGuts -> IO ModGuts) -> Interface -> HscEnv -> Checked -> IO HscEnv
addThrough transform kept env checked =
  fst <$> addSaying (\inner guts -> flip (,) () <$> transform inner guts) kept env checked

-- | The same, and what the transformation says.
addSaying :: (HscEnv -> ModGuts -> IO (ModGuts, a)) -> Interface -> HscEnv -> Checked -> IO (HscEnv, a)
addSaying transform kept env0 (Checked flags summary checked) = do
  let env = withFlags flags env0
  (guts, said) <- desugar env summary checked >>= transform env
  final <- install env kept summary checked guts
  return (withFlags (hsc_dflags env0) final, said)

-- | The value of a module's binding, linking whatever it needs. The caller knows its type.
valueOf :: HscEnv -> Checked -> String -> IO a
valueOf env checked wanted = case filter ((== wanted) . occNameString . nameOccName) names of
  name : _ -> namedValue env name
  [] -> throwIO (userError ("no binding " ++ wanted))
  where
    names = map varName (typeEnvIds (tcg_type_env (checkedEnv checked)))

-- | The value of a name, likewise.
namedValue :: HscEnv -> Name -> IO a
namedValue = valueNamed

-- | Run a step of the compiler; what it refuses is a problem, and so is a crash of its own.
guarded :: DynFlags -> IO a -> IO (Either Problem a)
guarded flags step =
  fmap Right step
    `catches` [ Handler (\e -> return (Left (problem (complaints flags e))))
              , Handler (\e -> return (Left (Problem "" 0 0 (take 2000 ("GHC: " ++ show (e :: GhcException))))))
              ]

-- | All instances that a checked module can see.
instanceEnvironment :: HscEnv -> Checked -> IO InstEnvs
instanceEnvironment env = visibleInstances env . checkedEnv
