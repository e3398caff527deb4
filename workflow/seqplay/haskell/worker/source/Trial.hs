-- | An answer to a task, put to the task's test, in modules each of which sees only what it must.
--
-- @Given@ is what the prompt declares besides the entry; @P@ is the answer, under the rules for every program; @Test@ is
-- the task's test. The test takes the entry from the answer at the prompt's type, everything else from the prompt: what
-- else the answer defines (a @main@, an @(==)@, a type of a known name, a helper) cannot reach it. Instances would, since
-- they have no names to leave out: an answer may have none that the test could use.
module Trial
  ( Trial (..)
  , Effort (..)
  , attempt
  ) where

import Audit
import Compile
import Control.Exception
import Control.Monad (unless, when)
import Control.Monad.Trans.Class (lift)
import Control.Monad.Trans.Except
import Data.Char (isAlpha, isSpace)
import Data.List (dropWhileEnd, intercalate)
import Data.Maybe (mapMaybe)
import Data.Typeable (typeOf)
import GHC.Core (isOrphan)
import GHC.Core.InstEnv (ClsInst (..))
import GHC.Core.Type (isForAllTy, tyConsOfType)
import GHC.Driver.Session (DynFlags)
import GHC.Hs
import GHC.Tc.Types (TcGblEnv (..))
import GHC.Types.Name (getName, nameIsLocalOrFrom, nameOccName)
import GHC.Types.Name.Occurrence (occNameString)
import GHC.Types.Id (idType)
import GHC.Types.Name.Reader (RdrName, rdrNameOcc)
import GHC.Types.SrcLoc
import GHC.Types.Unique.Set (nonDetEltsUniqSet)
import Ghc
import GHC.Utils.Outputable (ppr, showSDocUnsafe)
import Item (Health (..), Reply, problemJson, refusalJson)
import Json

-- | A task's prompt and test, the name of its entry (or nothing: the prompt's last signature), a text that has the
-- entry's signature where the prompt has none (or nothing), and an answer.
data Trial = Trial {effort :: Effort, entryName :: String, promptText :: String, signatureText :: String, answerText :: String, testText :: String}

-- | Whether an answer's code goes through GHC's simplifier: slower to make, several times faster to run.
data Effort = Quick | Thorough
  deriving (Eq)

-- | What is wrong with a text: it may not be used, or GHC refuses it (with a member of Python's @Reason@).
data Wrong = Forbidden Refusal | Wrong String Problem

-- | Whose fault it is that nothing was run: the item's or the answer's.
data Fault = Fault String Wrong

type Step = ExceptT Wrong IO

-- | A text: the options of its header, its flags with these, and what GHC's parser makes of it.
data Source = Source {headerOptions :: [String], flagsOf :: DynFlags, placeOf :: SrcSpan, moduleOf :: Syntax}

data Prompt = Prompt
  { promptSource :: Source
  , given :: [LHsDecl GhcPs]
  -- ^ What it declares besides the entry.
  , asked :: String
  , entryType :: LHsSigWcType GhcPs
  , unfinished :: Bool
  -- ^ Whether it stops in the middle of the entry's equation.
  }

-- | Compile answer and test, and run the test; the process is spent after it, whatever came of it.
--
-- Only that the test's @main@ returns is a pass. The reply carries the request's nonce, which no program can name.
attempt :: Session -> IO () -> Trial -> IO Reply
attempt session begin trial = do
  compiled <- runExceptT (prepared session trial)
  case compiled of
    Left (Fault whose wrong) -> return ([("fault", String whose), ("problem", wrongJson wrong)], Spent)
    Right run -> do
      begin
      ended <- try run
      described <- either thrown (const (return [("ended", String "passed")])) ended
      return (described, Spent)

wrongJson :: Wrong -> Json
wrongJson wrong = case wrong of
  Forbidden refusal -> refusalJson refusal
  Wrong reason problem -> problemJson reason problem

-- | How a test that threw ended. The exception's message is the answer's own: it may throw in turn, or never end.
thrown :: SomeException -> IO [(String, Json)]
thrown e@(SomeException inner) = case fromException e of
  Just StackOverflow -> return [("ended", String "stack")]
  Just HeapOverflow -> return [("ended", String "memory")]
  _ -> do
    let text = take 300 (maybe (displayException inner) withoutStack (fromException e))
    message <- try (evaluate (length text `seq` text))
    let shown = either (\broken -> const "" (broken :: SomeException)) id message
    return [("ended", String "failed"), ("exception", String (show (typeOf inner))), ("message", String shown)]
  where
    withoutStack (ErrorCallWithLocation message _) = message

-- | The test as an action, all of it compiled.
prepared :: Session -> Trial -> ExceptT Fault IO (IO ())
prepared session trial = do
  env <- lift (freshItem session)
  prompt <- blaming "item" (readPrompt session trial)
  withGiven <- blaming "item" (givenModule env prompt)
  answers <- withExceptT answerFault (readAnswer session prompt (promptText trial) (answerText trial))
  (withAnswer, open) <- withExceptT answerFault (firstOf (map (answerModule (effort trial) withGiven prompt) answers))
  test <- blaming "item" (parsedText session (headerOptions (promptSource prompt)) "Test.hs" (testText trial) >>= vetted)
  let ways = [testModule prompt given_ usual test | given_ <- [AsAnswered | open] ++ [AsPrompted], usual <- [[], usualImports]]
  (checked, final) <- withExceptT atFault (firstOf (map (compiledAs addLeaf "Test" withAnswer) ways))
  lift (valueOf final checked "seqplay_main")
  where
    answerFault wrong = case wrong of
      Wrong _ problem | problemFile problem `elem` ["Prompt.hs", "Signature.hs"] -> Fault "item" wrong
      _ -> Fault "answer" wrong
    atFault wrong = case wrong of
      Wrong _ problem | problemFile problem == "Entry.hs" && problemLine problem == 1 -> Fault "answer" (Wrong "type_mismatch" problem)
      _ -> Fault "item" wrong

blaming :: String -> Step a -> ExceptT Fault IO a
blaming whose = withExceptT (Fault whose)

-- | The first step that succeeds, or what was wrong with the first of all.
firstOf :: [Step a] -> Step a
firstOf steps = case steps of
  first : rest@(_ : _) -> first `catchE` \wrong -> withExceptT (const wrong) (firstOf rest)
  _ -> head steps

-- | Vet the pragmas of a text and parse it; what it imports and declares is vetted by 'vetted'.
parsedText :: Session -> [String] -> String -> String -> Step Source
parsedText session options file text = do
  found <- ghc "parse_error" base (let found = pragmas base text in length found `seq` return found)
  maybe (return ()) (throwE . Forbidden) (auditPragmas found)
  let header = options ++ map snd found
  flags <- ghc "parse_error" base (withPragmas base header)
  L l m <- either (throwE . Wrong "parse_error") return (parseSource flags file text)
  return (Source header flags l m)
  where
    base = programFlags session

vetted :: Source -> Step Source
vetted s = maybe (return s) (throwE . Forbidden) (auditModule (moduleOf s))

ghc :: String -> DynFlags -> IO a -> Step a
ghc reason flags act = ExceptT (either (Left . Wrong reason) Right <$> guarded flags act)

compiledAs :: (HscEnv -> Checked -> IO HscEnv) -> String -> HscEnv -> Source -> Step (Checked, HscEnv)
compiledAs add name env s = do
  checked <- checkedAs name env s
  (,) checked <$> ghc "type_error" (flagsOf s) (add env checked)

checkedAs :: String -> HscEnv -> Source -> Step Checked
checkedAs name env s = ghc "type_error" (flagsOf s) (typecheck env (flagsOf s) (mkModuleName name) (L (placeOf s) (moduleOf s)))

complaint :: String -> String -> Wrong
complaint reason text = Wrong reason (Problem "" 0 0 text)

-- | Read a prompt that ends in the entry's signature, or in the left-hand side of its equation.
readPrompt :: Session -> Trial -> Step Prompt
readPrompt session trial = do
  (whole, stops) <-
    (flip (,) False <$> parse (promptText trial)) `catchE` \wrong ->
      (flip (,) True <$> parse (trimmed (promptText trial) ++ " ()")) `catchE` const (throwE wrong)
  _ <- vetted whole
  let declarations = hsmodDecls (fst (withoutMain (moduleOf whole)))
      prompt from (name, t) = Prompt (whole `importing` from) (filter (ofPrompt (bound declarations) name) declarations) name t stops
  case matching (reverse (signed declarations)) of
    found : _ -> return (prompt [] found)
    [] -> do
      elsewhere <- parsedText session [] "Signature.hs" (signatureText trial) >>= vetted
      case matching (signed (hsmodDecls (moduleOf elsewhere))) of
        found : _ -> return (prompt (hsmodImports (moduleOf elsewhere)) found)
        [] -> throwE (complaint "no_entry" ("the prompt has no signature" ++ if null (entryName trial) then "" else " of " ++ entryName trial))
  where
    parse = parsedText session [] "Prompt.hs"
    signed :: [LHsDecl GhcPs] -> [(String, LHsSigWcType GhcPs)]
    signed declarations = [(occ n, t) | L _ (SigD _ (TypeSig _ names t)) <- declarations, L _ n <- names]
    matching = filter (\(name, _) -> null (entryName trial) || name == entryName trial)
    -- A signature without an equation is for the answer to implement.
    ofPrompt :: [String] -> String -> LHsDecl GhcPs -> Bool
    ofPrompt defined name (L _ d) = case d of
      SigD _ (TypeSig _ names _) -> all (\(L _ n) -> occ n `elem` defined && occ n /= name) names
      ValD _ b -> name `notElem` map occ (binders b)
      _ -> True

givenModule :: HscEnv -> Prompt -> Step HscEnv
givenModule env prompt
  | null (given prompt) = return env
  | otherwise = snd <$> compiledAs addModule "Given" env (promptSource prompt) {moduleOf = (moduleOf (promptSource prompt)) {hsmodDecls = given prompt}}

-- | The answer as modules to try in turn: a whole program as it stands, or with the prompt's imports; else what stands
-- behind the prompt.
readAnswer :: Session -> Prompt -> String -> String -> Step [Source]
readAnswer session prompt before text = do
  alone <- lift (runExceptT (parsedText session [] "P.hs" text))
  case alone of
    Left refused@(Forbidden _) -> throwE refused
    Right s | defines s -> do
      _ <- vetted s
      return (map (answerSource prompt) [s, s `importing` (imported prompt ++ hiding_ s)])
    _ -> do
      behind <- firstOf (map (parsedText session [] "P.hs") (completions prompt before text)) `catchE` unreadable alone
      unless (defines behind) (throwE noEntry)
      _ <- vetted behind
      return [answerSource prompt (written behind `importing` hiding_ behind)]
  where
    -- A text that parses alone is no program of the entry; one that does not is told what is wrong with it.
    unreadable alone wrong
      | unfinished prompt = throwE wrong
      | otherwise = throwE (either id (const noEntry) alone)
    defines s = asked prompt `elem` bound (hsmodDecls (moduleOf s))
    noEntry = complaint "no_entry" ("the answer does not define " ++ asked prompt)
    hiding_ s = preludeWithout [asked prompt] s
    -- What the prompt declares comes from its own module.
    written s = s {moduleOf = (moduleOf s) {hsmodDecls = filter (not . promptsOwn) (hsmodDecls (moduleOf s))}}
    promptsOwn :: LHsDecl GhcPs -> Bool
    promptsOwn (L l d) = startLine (spanOf l) <= length (lines before) && case d of
      SigD _ (TypeSig _ names _) -> all (\(L _ n) -> occ n /= asked prompt) names
      ValD _ b -> asked prompt `notElem` map occ (binders b)
      _ -> True
    startLine l = case l of
      RealSrcSpan s _ -> srcSpanStartLine s
      UnhelpfulSpan _ -> 0

-- | The texts that an answer behind a prompt may mean, likeliest first.
completions :: Prompt -> String -> String -> [String]
completions prompt before text
  | not (unfinished prompt) = [trimmed before ++ "\n" ++ text]
  | otherwise = [trimmed before ++ sameLine, trimmed before ++ "\n" ++ unlines (map ("    " ++) (lines text))]
  where
    sameLine = if null text || isSpace (head text) then text else ' ' : text

-- | An answer's module: without what the prompt declares, which it imports, and with the prompt's signature where the
-- entry has none.
answerSource :: Prompt -> Source -> Source
answerSource prompt s = (s {moduleOf = m {hsmodDecls = signed ++ declarations}}) `importing` fromGiven
  where
    m = fst (withoutMain (moduleOf s))
    declarations = filter (not . again) (hsmodDecls m)
    signed = [typed prompt n | asked prompt `notElem` map fst (signatures m), n <- take 1 (entryNames declarations)]
    entryNames :: [LHsDecl GhcPs] -> [LName]
    entryNames ds = [n | L _ (ValD _ b) <- ds, n@(L _ name) <- located b, occ name == asked prompt]
    located :: HsBind GhcPs -> [LName]
    located b = case b of
      FunBind {fun_id = n} -> [n]
      _ -> map unplaced (binders b)
    fromGiven = if null (given prompt) then [] else importsOf s ("import Given hiding (" ++ commas (bound declarations) ++ ")")
    types = typeNames (given prompt)
    heads = instanceHeads (given prompt)
    again d = any (`elem` types) (typeNames [d]) || any (`elem` heads) (instanceHeads [d])

-- | The entry's signature as the prompt has it, for a binding of any name.
typed :: Prompt -> LName -> LHsDecl GhcPs
typed prompt n = signature n (entryType prompt)

-- | Compile an answer; refuse instances of a class and a type that are both not its own. Says too whether the test may
-- see the entry at the answer's type: where that has variables, and names nothing that the answer declares.
answerModule :: Effort -> HscEnv -> Prompt -> Source -> Step (HscEnv, Bool)
answerModule pains env prompt s = do
  checked <- checkedAs "P" env s
  let types = [idType i | i <- typeEnvIds (tcg_type_env (checkedEnv checked)), occNameString (nameOccName (getName i)) == asked prompt]
      foreign_ = not . nameIsLocalOrFrom (tcg_mod (checkedEnv checked)) . getName
      open = or [isForAllTy t && all foreign_ (nonDetEltsUniqSet (tyConsOfType t)) | t <- types]
      action tc = occNameString (nameOccName (getName tc)) `elem` ["IO", "ST"] && foreign_ tc
  when (any (any action . nonDetEltsUniqSet . tyConsOfType) types)
    (throwE (complaint "io_entry" (asked prompt ++ " is in IO; only pure functions are run")))
  case filter (isOrphan . is_orphan) (tcg_insts (checkedEnv checked)) of
    found : _ ->
      throwE (complaint "orphan_instance" ("an answer may not have instances of classes and types that are not its own: " ++ showSDocUnsafe (ppr found)))
    [] -> flip (,) open <$> ghc "type_error" (flagsOf s) ((if pains == Thorough then addOptimised else addModule) env checked)

-- | At which type a test sees the entry: the answer's, which must fit the prompt's, or the prompt's.
data Seen = AsAnswered | AsPrompted
  deriving (Eq)

-- | A test's module: the entry from the answer, the rest from the prompt; and its @main@ as an action whose type we
-- know. The first line of the wrapper is where an answer's wrong type shows.
testModule :: Prompt -> Seen -> [String] -> Source -> Source
testModule prompt seen usual test = test {moduleOf = m {hsmodDecls = signed ++ wrapper ++ hsmodDecls m}} `importing` everything
  where
    m = moduleOf test
    name = asked prompt
    signed = [typed prompt n | L _ (ValD _ FunBind {fun_id = n}) <- take 1 wrapper]
    wrapper = either (const []) (hsmodDecls . unLoc) (parseSource (flagsOf test) "Entry.hs" (unlines
      [ (if seen == AsAnswered then "seqplay_entry" else parenthesised name) ++ " = " ++ (if named name then "Seqplay_P." ++ name else "(Seqplay_P." ++ name ++ ")")
      , "seqplay_main :: Seqplay_Prelude.IO ()"
      , "seqplay_main = Seqplay_Prelude.fmap (\\_ -> ()) main"
      ]))
    everything = imported prompt ++ preludeWithout [name] test ++ importsOf test (unlines (ours ++ map (++ hidden) usual))
    ours =
      ["import qualified P as Seqplay_P", "import qualified Prelude as Seqplay_Prelude (IO, fmap)"]
        ++ ["import P (" ++ parenthesised name ++ ")" | seen == AsAnswered]
        ++ ["import Given" ++ hidden | not (null (given prompt))]
    hidden = " hiding (" ++ commas (name : bound (hsmodDecls m)) ++ ")"

-- | What tests take for granted where an answer stands above them in one file.
usualImports :: [String]
usualImports = map ("import " ++) (words "Data.List Data.Char Data.Maybe Control.Monad")

-- | Prelude without names, as an import; none where the module says itself what it imports of Prelude.
preludeWithout :: [String] -> Source -> [LImportDecl GhcPs]
preludeWithout names s
  | "Prelude" `elem` [moduleNameString (unLoc (ideclName d)) | L _ d <- hsmodImports (moduleOf s)] = []
  | otherwise = importsOf s ("import Prelude hiding (" ++ commas names ++ ")")

importing :: Source -> [LImportDecl GhcPs] -> Source
importing s more = s {moduleOf = (moduleOf s) {hsmodImports = hsmodImports (moduleOf s) ++ more}}

imported :: Prompt -> [LImportDecl GhcPs]
imported = hsmodImports . moduleOf . promptSource

importsOf :: Source -> String -> [LImportDecl GhcPs]
importsOf s text = either (const []) (hsmodImports . unLoc) (parseSource (flagsOf s) "Imports.hs" text)

bound :: [LHsDecl GhcPs] -> [String]
bound declarations = [occ n | L _ (ValD _ b) <- declarations, n <- binders b]

typeNames :: [LHsDecl GhcPs] -> [String]
typeNames declarations = [occ (tcdName d) | L _ (TyClD _ d) <- declarations]

-- | What instances are of, as text: the same in prompt and answer where it is the same instance.
instanceHeads :: [LHsDecl GhcPs] -> [String]
instanceHeads = mapMaybe (instanceHead . unLoc)

occ :: RdrName -> String
occ = occNameString . rdrNameOcc

named :: String -> Bool
named n = isAlpha (head n) || head n == '_'

parenthesised :: String -> String
parenthesised n = if named n then n else "(" ++ n ++ ")"

commas :: [String] -> String
commas = intercalate ", " . map parenthesised

trimmed :: String -> String
trimmed = dropWhileEnd isSpace
