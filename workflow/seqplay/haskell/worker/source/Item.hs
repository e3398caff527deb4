-- | What a child does with an item: load its programs, then run a driver module of the pipeline against them.
module Item
  ( Worker
  , Board (..)
  , newWorker
  , load
  , Alternative (..)
  , readNumbers
  , drive
  , Health (..)
  , Reply
  , problemJson
  , refusalJson
  ) where

import Audit
import Compile
import Control.Monad (foldM, zipWithM)
import Data.Char (isAlphaNum)
import Data.Bits (setBit, testBit)
import Data.IORef
import qualified Data.IntSet as IntSet
import Direct
import Data.List (intercalate)
import Facts
import Instrument
import GHC.Data.FastString (unpackFS)
import GHC.Driver.Session (DynFlags)
import GHC.Hs
import GHC.Parser.Lexer (Token (..))
import GHC.Types.Name.Reader (isExact)
import GHC.Types.SrcLoc
import Ghc
import Json
import Policy (allowedImport, ignoredOption)
import qualified Seqplay.Compare as Compare
import Seqplay.Compare (Instance, Report (..), Settings (..), Tally (..))
import Seqplay.Evaluate
import Seqplay.Codec (Subject (..), apply)
import Seqplay.Generate (inputs)
import Seqplay.Probe (mostProbes)
import Seqplay.Value (renderArgument)

-- | Where a supervisor sees how far the work is: a comparison's tally, which probes are covered (whether both programs
-- returned, and the probe's number), and that an evaluation begins.
data Board = Board {post :: Tally -> IO (), cover :: Bool -> Int -> IO (), begin :: IO ()}

-- | A reply, and in what state it leaves the process.
type Reply = ([(String, Json)], Health)

-- | Whether the process may serve another item; if not, whether it may go on with this one.
data Health = Healthy | Doubtful | Spent
  deriving (Eq)

-- | The session and the programs of the present item.
data Worker = Worker {session :: Session, hooks :: Maybe Hooks, present :: IORef [Loaded], stage :: IORef Stage}

-- | Whether the item's programs are typechecked only, or have code that a driver can import, with these probes in it.
data Stage = Empty | Accepted HscEnv | Generated HscEnv Probes

-- | The probes of each program in order, and how many comparisons are watched.
data Probes = Probes {probesOf :: [[Probe]], watched :: Int}

data Loaded = Loaded
  { slot :: String
  , flagsOf :: DynFlags
  , imports :: [LImportDecl GhcPs]
  , derived :: [RealSrcSpan]
  -- ^ Where code is derived, which no probe is put into.
  , checkedOf :: Checked
  }

newWorker :: Session -> IO Worker
newWorker s = Worker s <$> loadHooks (environment s) <*> newIORef [] <*> newIORef Empty

-- | Vet and typecheck programs (slot and source each), as a new item. Facts or a refusal for each.
load :: Worker -> Bool -> [(String, String)] -> IO Reply
load worker wantLiterals programs = do
  env <- freshItem (session worker)
  results <- mapM (loadOne worker env wantLiterals) programs
  writeIORef (present worker) [l | (Just l, _) <- results]
  writeIORef (stage worker) (if null [() | (Nothing, _) <- results] then Accepted env else Empty)
  return ([("programs", Array (map (Object . snd) results))], Healthy)

loadOne :: Worker -> HscEnv -> Bool -> (String, String) -> IO (Maybe Loaded, [(String, Json)])
loadOne worker env wantLiterals (name, source) = do
  header <- guarded base (let found = pragmas base source in length found `seq` return found)
  case header of
    Left p -> refused (problemJson "parse_error" p)
    Right found | Just r <- auditPragmas found -> refused (refusalJson r)
    Right found -> do
      flags <- guarded base (withPragmas base (filter (not . ignoredOption) (map snd found)))
      either (refused . problemJson "parse_error") parse flags
  where
    base = programFlags (session worker)
    refused problem = return (Nothing, [("problem", problem)])
    parse flags = case parseSource flags (name ++ ".hs") source of
      Left p -> refused (problemJson "parse_error" p)
      Right (L l whole) -> let m = withoutMainImports whole in case auditModule m of
        Just r -> refused (refusalJson r)
        Nothing -> do
          let (kept, hadMain) = withoutMain (withStandIns (if qualifiesItself m then underName (mkModuleName name) m else m))
          checked <- guarded flags (typecheck env flags (mkModuleName name) (L l kept))
          either (refused . problemJson "type_error") (facts flags kept (exported m) hadMain) checked
    qualifiesItself m = moduleNameString (maybe (mkModuleName "Main") unLoc (hsmodName m)) `elem` qualifiers (tokens base source)
    facts flags m names hadMain checked = do
      instances <- instanceEnvironment env checked
      return
        ( Just (Loaded name flags (hsmodImports m) (derivedPlaces m) checked)
        , programFacts instances checked (signatures m)
            ++ [("imports", Array (map String (importedModules m))), ("main", Bool hadMain), ("exports", Array (map String names))]
            ++ [("literals", literals (tokens flags source)) | wantLiterals]
        )

refusalJson :: Refusal -> Json
refusalJson (Refusal reason line text) =
  Object [("reason", String reason), ("file", String ""), ("line", Number (toInteger line)), ("column", Number 0), ("message", String text)]

problemJson :: String -> Problem -> Json
problemJson reason (Problem file line column text) =
  Object
    [ ("reason", String reason)
    , ("file", String file)
    , ("line", Number (toInteger line))
    , ("column", Number (toInteger column))
    , ("message", String text)
    ]

-- | One way to run the present item: the driver's text, a plan that makes it unnecessary (or nothing), and a signature for
-- each argument.
data Alternative = Alternative {driverText :: String, planText :: String, signed :: [String]}

-- | The numbers of a request by their names, as Python writes them: @seed=7 hung=3,5@.
type Numbers = [(String, [Integer])]

readNumbers :: String -> Numbers
readNumbers = map named . words
  where
    named word = let (name, value) = break (== '=') word in (name, map read (commas (drop 1 value)))
    commas text = case break (== ',') text of
      ("", "") -> []
      (one, rest) -> one : if null rest then [] else commas (drop 1 rest)

-- | Several numbers of one name.
list :: String -> Numbers -> [Integer]
list name numbers = maybe (error ("the request lacks " ++ name)) id (lookup name numbers)

number :: String -> Numbers -> Integer
number name numbers = case list name numbers of
  [n] -> n
  _ -> error ("the request needs one number " ++ name)

int :: String -> Numbers -> Int
int name = fromInteger . number name

-- | Run a driver: mode (where it compares, with both entries: code that they cannot come to has no probes, and a
-- program whose entry is @_@ none at all) and numbers (for @run@: @microseconds@, @kibibytes@, @characters@, and which @outcomes@ as bits), the argument
-- expressions, and the alternatives to try in order (driver text, and one signature an argument). The first alternative
-- under which everything typechecks is run.
drive :: Worker -> Board -> String -> Numbers -> [String] -> [Alternative] -> IO Reply
drive worker board asked numbers arguments alternatives = do
  loaded <- readIORef (present worker)
  built <- generated worker (mode `elem` ["compare", "probed"]) (zip loaded (map Just entries ++ repeat Nothing))
  case built of
    Left p -> return ([("problem", problemJson "type_error" p)], Healthy)
    Right (env, probes) -> do
      case zipWithM (expressionOf (argumentFlags loaded)) [1 ..] arguments of
        Left p -> return ([("problem", problemJson "bad_input" p)], Healthy)
        Right expressions -> attempt probes env loaded expressions (zip [0 ..] alternatives) Nothing
  where
    (mode, entries) = case words asked of
      [] -> ("", [])
      first : names -> (first, names)
    -- With probes and inputs made from what they say; with probes alone; without any.
    comparing = ["compare", "probed", "sample"]
    guiding_ = mode == "compare"
    flags = driverFlags (session worker)
    argumentFlags loaded = case loaded of
      p : _ -> flagsOf p
      [] -> programFlags (session worker)
    attempt _ _ _ _ [] failure = return ([("problem", maybe Null id failure)], Healthy)
    attempt probes env loaded parsed ((n, Alternative text planned given) : rest) failure = do
      direct <- directly probes env loaded parsed planned
      case direct of
        Just run -> numbered n run
        Nothing -> compiled probes env loaded parsed n text given rest failure
    compiled probes env loaded parsed n text given rest failure = do
      quick <- if all nameless parsed then Just <$> guarded flags (driverModule env flags parsed text) else return Nothing
      case quick of
        Just (Right (c, final)) -> finish probes n final c
        _ -> do
          ready <- argumentsModule env (programFlags (session worker)) loaded arguments parsed given
          case ready of
            Left p -> attempt probes env loaded parsed rest (Just (maybe (problemJson "bad_input" p) id failure))
            Right env' -> do
              checked <- guarded flags (driverModule env' flags [] text)
              case checked of
                Left p -> attempt probes env loaded parsed rest (Just (maybe (problemJson "driver" p) id failure))
                Right (c, final) -> finish probes n final c
    finish probes n env checked = do
      constants_ <- if mode == "run" then return (Compare.Constants [] [] [] []) else valueOf env checked "constants"
      numbered n $ case mode of
        "run" -> valueOf env checked "outcomes" >>= evaluated
        _ | mode `elem` comparing -> valueOf env checked "instances" >>= compareOne board probes guiding_ constants_ numbers
        "examples" -> examples constants_ numbers <$> valueOf env checked "subject"
        _ -> noMode
    numbered n run = do
      (reply, healthy) <- run
      return (("alternative", Number n) : reply, healthy)
    noMode = ioError (userError ("no such mode: " ++ mode))
    directly probes env loaded parsed planned = case readPlan planned of
      Just plan | not (null planned) -> do
        subjects <- subjectsOf env [(slot l, checkedOf l) | l <- loaded] plan
        return (subjects >>= \found -> prepared probes plan found parsed)
      _ -> return Nothing
    prepared probes plan subjects parsed = case (mode, subjects) of
      ("run", first : _) | length parsed == length (shapes first), Just values <- zipWithM literalValue (shapes first) parsed -> Just (evaluated [apply s values | s <- subjects])
      (_, _) | mode `elem` comparing -> Just (compareOne board probes guiding_ (planConstants plan) numbers (inPairs subjects))
      ("examples", first : _) -> Just (return (examples (planConstants plan) numbers first))
      _ -> Nothing
    inPairs subjects = case subjects of
      p : q : rest -> Compare.Instance p q : inPairs rest
      _ -> []
    evaluated values = do
      outcomes <- withWatch (\watch -> mapM (one watch) [v | (i, v) <- zip [0 ..] values, testBit (number "outcomes" numbers) i])
      return ([("outcomes", Array (map outcomeJson outcomes))], healthOf (all healthyOutcome outcomes))
    one watch value = begin board >> evaluateWithin watch (limitsOf numbers) value

-- | The item's environment with code for its programs; with probes where they are asked for and the code is not there
-- yet. What cannot be instrumented runs without.
generated :: Worker -> Bool -> [(Loaded, Maybe String)] -> IO (Either Problem (HscEnv, Probes))
generated worker instrument programs = do
  now <- readIORef (stage worker)
  case now of
    Empty -> return (Left (Problem "" 0 0 "nothing is loaded"))
    Generated env probes -> return (Right (env, probes))
    Accepted env -> do
      quick <- case hooks worker of
        Just found | instrument -> either (const Nothing) Just <$> guarded flags (foldM (withProbes found) (env, [], (0, 0)) programs)
        _ -> return Nothing
      built <- case quick of
        Just (final, probes, (_, comparisons)) -> return (Right (final, Probes (reverse probes) comparisons))
        Nothing -> fmap (\final -> (final, Probes [] 0)) <$> guarded flags (foldM addModule env (map (checkedOf . fst) programs))
      either (const (return ())) (writeIORef (stage worker) . uncurry Generated) built
      return built
  where
    flags = driverFlags (session worker)
    withProbes _ (env, probes, from) (program, Just "_") = (\final -> (final, [] : probes, from)) <$> addModule env (checkedOf program)
    withProbes found (env, probes, from) (program, entry) = do
      (final, (own, to)) <- addChanged (\guts -> let (new, own, to) = instrumented found (isDerived program) entry from guts in (new, (own, to))) env (checkedOf program)
      return (final, own : probes, to)
    isDerived program s = any (`containsSpan` s) (derived program)

-- | Parse one argument; what its place in a message means is told by the file name.
expressionOf :: DynFlags -> Int -> String -> Either Problem (LHsExpr GhcPs)
expressionOf flags n = parseExpressionAlone flags ("argument " ++ show n)

-- | The module of arguments, each bound under its signature, Safe. What they mean is looked up where P's own text would
-- look it up; where that makes no sense, among the Prelude and the constructors of P's types, so that an input which the
-- pipeline wrote is understood under whatever import list P has. Libraries can be named in full in both.
argumentsModule :: HscEnv -> DynFlags -> [Loaded] -> [String] -> [LHsExpr GhcPs] -> [String] -> IO (Either Problem HscEnv)
argumentsModule env safe loaded texts expressions given = do
  found <- within (maybe safe flagsOf first) (concatMap imports (take 1 loaded)) ("import P" : named_ (`notElem` aliases))
  case found of
    Left p -> either (const (Left p)) Right <$> within safe [] plain
    Right _ -> return found
  where
    first = case loaded of
      p : _ -> Just p
      [] -> Nothing
    within flags inherited lines_ = case parseSource flags "Args.hs" (unlines (lines_ ++ always ++ bindings)) of
      Left p -> return (Left p)
      Right (L l m) -> do
        let whole = m {hsmodImports = inherited ++ hsmodImports m, hsmodDecls = fill expressions (hsmodDecls m)}
        guarded flags (typecheck env flags (mkModuleName "Args") (L l whole) >>= addModule env)
    always =
      ["import qualified P as Seqplay_P", "import qualified Seqplay.Types as Seqplay_T"]
        ++ ["import Data.List.NonEmpty (NonEmpty (..))" | any named tokens_, ":|" `notElem` map snd own]
    plain =
      named_ (const True) ++
      [ "import Prelude hiding (" ++ intercalate ", " (map bracketed (concatMap (\(t, c) -> [t, c]) own)) ++ ")"
      , "import P (" ++ intercalate ", " (map ((++ " (..)") . bracketed . fst) own) ++ ")"
      ]
    bindings = concat [["argument" ++ show n ++ " :: " ++ s, "argument" ++ show n ++ " = ()"] | (n, s) <- zip [1 :: Int ..] given]
    tokens_ = concatMap (tokens (maybe safe flagsOf first)) texts
    named token = case token of
      ITconsym name -> unpackFS name == ":|"
      _ -> False
    own = maybe [] (constructorNames . checkedOf) first
    bracketed name = if all (\c -> isAlphaNum c || c `elem` "_'") name then name else '(' : name ++ ")"
    -- A module that P calls by another name is not named by its own; in P's own scope an alias of P's is no library's name.
    aliases = [moduleNameString (unLoc a) | p <- take 1 loaded, L _ d <- imports p, Just a <- [ideclAs d]]
    named_ allowed = ["import qualified " ++ q | q <- qualifiers tokens_, allowedImport q, allowed q]

-- | Put the parsed arguments in the places of the bindings, in order.
fill :: [LHsExpr GhcPs] -> [LHsDecl GhcPs] -> [LHsDecl GhcPs]
fill expressions declarations = case (expressions, declarations) of
  (e : es, L l (ValD x b@FunBind {fun_matches = g@MG {mg_alts = L la [L lm m@Match {m_grhss = GRHSs gx [L lg (GRHS gy guards _)] w}]}}) : rest) ->
    L l (ValD x b {fun_matches = g {mg_alts = L la [L lm m {m_grhss = GRHSs gx [L lg (GRHS gy guards e)] w}]}}) : fill es rest
  (_, d : rest) -> d : fill expressions rest
  (_, []) -> []

-- | Whether an expression is made of literals, lists and tuples alone, so that it means the same in any scope.
nameless :: LHsExpr GhcPs -> Bool
nameless (L _ e) = case e of
  HsOverLit {} -> True
  HsLit _ (HsChar {}) -> True
  HsLit _ (HsString {}) -> True
  NegApp _ inner _ -> nameless inner
  Parens inner -> nameless inner
  ListOf inner -> all nameless inner
  TupleOf inner -> all nameless inner
  HsVar _ (L _ name) -> isExact name
  _ -> False

-- | Typecheck a driver and generate its code. Its bindings @argumentN = Args.argumentN@ take the given expressions
-- instead, where there are any; then no module of arguments is needed.
driverModule :: HscEnv -> DynFlags -> [LHsExpr GhcPs] -> String -> IO (Checked, HscEnv)
driverModule env flags given text = case parseSource flags "Driver.hs" text of
  Left p -> ioError (userError (problemText p))
  Right (L l m) -> do
    let filled = if null given then m else m {hsmodImports = filter (not . ofArguments) (hsmodImports m), hsmodDecls = fill given (hsmodDecls m)}
    checked <- typecheck env flags (mkModuleName "Driver") (L l filled)
    final <- addModule env checked
    return (checked, final)
  where
    ofArguments (L _ d) = moduleNameString (unLoc (ideclName d)) == "Args"

limitsOf :: Numbers -> Limits
limitsOf numbers = Limits (int "microseconds" numbers) (int "kibibytes" numbers) (int "characters" numbers)

-- | One instance of a comparison (@instance@), from where an earlier worker stopped. Where @stop@ is 3, only the input at
-- @place@.
compareOne :: Board -> Probes -> Bool -> Compare.Constants -> Numbers -> [Instance] -> IO Reply
compareOne board probes guiding_ constants_ numbers instances = do
  (reply, health) <- reportJson <$> Compare.compareAll settings tally (instances !! at "instance")
  return (("probes", Array (map (Array . map probeJson) (probesOf probes))) : reply, health)
  where
    at name = int name numbers
    whole name = number name numbers
    settings =
      Settings
        { seed = whole "seed"
        , evaluations = at "evaluations"
        , shrinking = at "shrinking"
        , patience = at "patience"
        , mostInconclusive = at "most_inconclusive"
        , mostWork = at "most_work"
        , least = at "least"
        , stop = case at "stop" of 1 -> Compare.AtSmall; 2 -> Compare.Anywhere; _ -> Compare.Nowhere
        , limits = limitsOf numbers
        , constants = constants_
        , report = post board
        , watching = (length (concat (probesOf probes)), watched probes)
        , guiding = guiding_
        , covering = cover board
        , showing = if at "stop" == 3 then Just (at "place") else Nothing
        }
    tally =
      Tally
        { position = at "position"
        , taken = at "taken"
        , agreed = at "agreed"
        , bothReturned = at "returned"
        , inconclusive = at "inconclusive"
        , unbuilt = at "unbuilt"
        , spent = at "spent"
        , numberCeiling = positive (whole "number_ceiling")
        , sizeCeiling = positive (at "size_ceiling")
        , endedKinds = fromInteger (whole "ended_kinds")
        , covered = Compare.Coverage (bits (whole "by_returning")) (bits (whole "by_throwing"))
        , hung = map fromInteger (list "hung" numbers)
        , trying = Compare.Measure 0 0
        , mark = 0
        , searching = True
        }
    positive :: (Num a, Ord a) => a -> Maybe a
    positive n = if n > 0 then Just n else Nothing
    bits n = IntSet.fromList [i | i <- [0 .. mostProbes - 1], testBit n i]

probeJson :: Probe -> Json
probeJson p = Array [Number (toInteger (probeLine p)), String (probeKind p), Bool (probeThrows p)]

-- | Inputs as they would be tried: all kinds of them, by the seed, passing over so many of the first.
examples :: Compare.Constants -> Numbers -> Subject -> Reply
examples constants_ numbers subject = ([("examples", Array (map (Array . map String) (every made (int "count" numbers))))], Healthy)
  where
    made = map (map renderArgument) (inputs constants_ (number "seed" numbers) (int "evaluations" numbers) (shapes subject))
    every found count = let some = take (max 1 (count * 8)) found in take count (drop (length some `div` 4) some ++ some)

reportJson :: Report -> Reply
reportJson r = case r of
  Differ tally found ->
    ( ("status", String "differ")
        : ("arguments", Array (map String (Compare.arguments found)))
        : ("left", outcomeJson (Compare.leftOutcome found))
        : ("right", outcomeJson (Compare.rightOutcome found))
        : tallyJson tally
    , healthOf (inconclusive tally == 0)
    )
  Agree tally whole -> (("status", String "agree") : ("complete", Bool whole) : tallyJson tally, healthOf (inconclusive tally == 0))
  Exhausted tally -> (("status", String "exhausted") : tallyJson tally, Spent)
  OneSided tally input -> (("status", String "one_sided") : inputJson input ++ tallyJson tally, Doubtful)
  Shown input -> (("status", String "input") : inputJson input, Healthy)
  Broken text -> ([("lost", String "fault"), ("detail", String text)], Spent)

inputJson :: Compare.Input -> [(String, Json)]
inputJson input = [("arguments", Array (map String (Compare.written input))), ("small", Bool (Compare.small input))]

tallyJson :: Tally -> [(String, Json)]
tallyJson t =
  [ ("position", number (position t))
  , ("agreed", number (agreed t))
  , ("returned", number (bothReturned t))
  , ("inconclusive", number (inconclusive t))
  , ("unbuilt", number (unbuilt t))
  , ("spent", number (spent t))
  , ("number_ceiling", maybe (Number 0) Number (numberCeiling t))
  , ("size_ceiling", maybe (Number 0) number (sizeCeiling t))
  , ("ended_kinds", Number (toInteger (endedKinds t)))
  , ("taken", number (taken t))
  , ("hung", Array (map number (hung t)))
  , ("by_returning", Number (bitset (Compare.byReturning (covered t))))
  , ("by_throwing", Number (bitset (Compare.byThrowing (covered t))))
  ]
  where
    number = Number . toInteger
    bitset = IntSet.foldl' setBit 0

outcomeJson :: Outcome -> Json
outcomeJson o = Object $ case o of
  Returned text -> [("kind", String "value"), ("text", String text)]
  Threw name message -> [("kind", String "exception"), ("text", String name), ("message", String message)]
  TimedOut -> [("kind", String "timeout")]
  OutOfMemory -> [("kind", String "memory")]
  StackOverflowed -> [("kind", String "stack")]
  Flooded text -> [("kind", String "output_limit"), ("text", String (take 200 text))]
  Faulted text -> [("kind", String "fault"), ("text", String text)]

healthOf :: Bool -> Health
healthOf good = if good then Healthy else Doubtful

healthyOutcome :: Outcome -> Bool
healthyOutcome o = case o of
  Returned _ -> True
  Threw _ _ -> True
  _ -> False
