-- | What a child does with an item: load its programs, then run a driver module of the pipeline against them.
module Item
  ( Worker
  , Board (..)
  , newWorker
  , load
  , Alternative (..)
  , drive
  , Health (..)
  , Reply
  , problemJson
  , refusalJson
  ) where

import Audit
import Compile
import Control.Monad (foldM, zipWithM)
import Data.Bits (testBit)
import Data.IORef
import Direct
import Data.List (intercalate)
import Facts
import GHC (mkModuleName)
import GHC.Driver.Session (DynFlags)
import GHC.Driver.Types (HscEnv)
import GHC.Hs
import GHC.Types.Basic (Boxity (..))
import GHC.Types.Name.Reader (isExact)
import GHC.Types.SrcLoc
import GHC.Unit.Module.Name (moduleNameString)
import Json
import Policy (allowedImport)
import qualified Seqplay.Compare as Compare
import Seqplay.Compare (Instance, Report (..), Settings (..), Tally (..))
import Seqplay.Evaluate
import Seqplay.Codec (Subject (..))
import Seqplay.Generate (inputs)
import Seqplay.Value (renderArgument)

-- | Where a supervisor sees how far the work is: a comparison's tally, and that an evaluation begins.
data Board = Board {post :: Tally -> IO (), begin :: IO ()}

-- | A reply, and in what state it leaves the process.
type Reply = ([(String, Json)], Health)

-- | Whether the process may serve another item; if not, whether it may go on with this one.
data Health = Healthy | Doubtful | Spent
  deriving (Eq)

-- | The session and the programs of the present item.
data Worker = Worker {session :: Session, present :: IORef [Loaded], stage :: IORef Stage}

-- | Whether the item's programs are typechecked only, or have code that a driver can import.
data Stage = Empty | Accepted HscEnv | Generated HscEnv

data Loaded = Loaded {slot :: String, flagsOf :: DynFlags, imports :: [LImportDecl GhcPs], checkedOf :: Checked}

newWorker :: Session -> IO Worker
newWorker s = Worker s <$> newIORef [] <*> newIORef Empty

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
      flags <- guarded base (withPragmas base (map snd found))
      either (refused . problemJson "parse_error") parse flags
  where
    base = programFlags (session worker)
    refused problem = return (Nothing, [("problem", problem)])
    parse flags = case parseSource flags (name ++ ".hs") source of
      Left p -> refused (problemJson "parse_error" p)
      Right (L l m) -> case auditModule m of
        Just r -> refused (refusalJson r)
        Nothing -> do
          let (kept, hadMain) = withoutMain m
          checked <- guarded flags (typecheck env flags (mkModuleName name) (L l kept))
          either (refused . problemJson "type_error") (facts flags kept hadMain) checked
    facts flags m hadMain checked = do
      instances <- instanceEnvironment env checked
      return
        ( Just (Loaded name flags (hsmodImports m) checked)
        , programFacts instances checked (signatures m)
            ++ [("imports", Array (map String (importedModules m))), ("main", Bool hadMain)]
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

-- | Run a driver: mode and settings (for @run@: microseconds, characters, and which outcomes as bits), the argument expressions, and the alternatives to try in order (driver text, and
-- one signature an argument). The first alternative under which everything typechecks is run.
drive :: Worker -> Board -> String -> [Integer] -> [String] -> [Alternative] -> IO Reply
drive worker board mode numbers arguments alternatives = do
  loaded <- readIORef (present worker)
  built <- generated worker (map checkedOf loaded)
  case built of
    Left p -> return ([("problem", problemJson "type_error" p)], Healthy)
    Right env -> do
      case zipWithM (expressionOf (argumentFlags loaded)) [1 ..] arguments of
        Left p -> return ([("problem", problemJson "bad_input" p)], Healthy)
        Right expressions -> attempt env loaded expressions (zip [0 ..] alternatives) Nothing
  where
    flags = driverFlags (session worker)
    argumentFlags loaded = case loaded of
      p : _ -> flagsOf p
      [] -> programFlags (session worker)
    attempt _ _ _ [] failure = return ([("problem", maybe Null id failure)], Healthy)
    attempt env loaded parsed ((n, Alternative text planned given) : rest) failure = do
      direct <- directly env loaded parsed planned
      case direct of
        Just run -> numbered n run
        Nothing -> compiled env loaded parsed n text given rest failure
    compiled env loaded parsed n text given rest failure = do
      quick <- if all nameless parsed then Just <$> guarded flags (driverModule env flags parsed text) else return Nothing
      case quick of
        Just (Right (c, final)) -> finish n final c
        _ -> do
          ready <- argumentsModule env (argumentFlags loaded) (concatMap imports (take 1 loaded)) arguments parsed given
          case ready of
            Left p -> attempt env loaded parsed rest (Just (maybe (problemJson "bad_input" p) id failure))
            Right env' -> do
              checked <- guarded flags (driverModule env' flags [] text)
              case checked of
                Left p -> attempt env loaded parsed rest (Just (maybe (problemJson "driver" p) id failure))
                Right (c, final) -> finish n final c
    finish n env checked = do
      constants_ <- if mode == "run" then return (Compare.Constants [] [] [] []) else valueOf env checked "constants"
      numbered n $ case mode of
        "run" -> valueOf env checked "outcomes" >>= evaluated
        "compare" -> valueOf env checked "instances" >>= compareOne (post board) constants_ numbers
        "examples" -> examples constants_ numbers <$> valueOf env checked "subject"
        _ -> noMode
    numbered n run = do
      (reply, healthy) <- run
      return (("alternative", Number n) : reply, healthy)
    noMode = ioError (userError ("no such mode: " ++ mode))
    directly env loaded parsed planned = case readPlan planned of
      Just plan | not (null planned) -> do
        subjects <- subjectsOf env [(slot l, checkedOf l) | l <- loaded] plan
        return (subjects >>= \found -> prepared plan found parsed)
      _ -> return Nothing
    prepared plan subjects parsed = case (mode, subjects) of
      ("run", first : _) | length parsed == length (shapes first), Just values <- zipWithM literalValue (shapes first) parsed -> Just (evaluated [apply s values | s <- subjects])
      ("compare", _) -> Just (compareOne (post board) (planConstants plan) numbers (inPairs subjects))
      ("examples", first : _) -> Just (return (examples (planConstants plan) numbers first))
      _ -> Nothing
    inPairs subjects = case subjects of
      p : q : rest -> Compare.Instance p q : inPairs rest
      _ -> []
    evaluated values = do
      outcomes <- mapM one [v | (i, v) <- zip [0 ..] values, testBit (numbers !! 2) i]
      return ([("outcomes", Array (map outcomeJson outcomes))], healthOf (all healthyOutcome outcomes))
    one value = begin board >> evaluateWithin (Limits (fromInteger (numbers !! 0)) (fromInteger (numbers !! 1))) value

-- | The item's environment with code for its programs.
generated :: Worker -> [Checked] -> IO (Either Problem HscEnv)
generated worker programs = do
  now <- readIORef (stage worker)
  case now of
    Empty -> return (Left (Problem "" 0 0 "nothing is loaded"))
    Generated env -> return (Right env)
    Accepted env -> do
      built <- guarded (driverFlags (session worker)) (foldM addModule env programs)
      either (const (return ())) (writeIORef (stage worker) . Generated) built
      return built

-- | Parse one argument; what its place in a message means is told by the file name.
expressionOf :: DynFlags -> Int -> String -> Either Problem (LHsExpr GhcPs)
expressionOf flags n = parseExpressionAlone flags ("argument " ++ show n)

-- | The module of arguments: P's imports and P itself in scope, each argument bound under its signature, Safe.
argumentsModule :: HscEnv -> DynFlags -> [LImportDecl GhcPs] -> [String] -> [LHsExpr GhcPs] -> [String] -> IO (Either Problem HscEnv)
argumentsModule env flags imports_ texts expressions given = case parseSource flags "Args.hs" text of
  Left p -> return (Left p)
  Right (L l m) -> do
    let whole = m {hsmodImports = imports_ ++ hsmodImports m, hsmodDecls = fill expressions (hsmodDecls m)}
    guarded flags (typecheck env flags (mkModuleName "Args") (L l whole) >>= addModule env)
  where
    text =
      unlines $
        ["import P", "import qualified P as Seqplay_P", "import qualified Seqplay.Types as Seqplay_T"]
          ++ ["import qualified " ++ q | q <- libraries]
          ++ concat [["argument" ++ show n ++ " :: " ++ s, "argument" ++ show n ++ " = ()"] | (n, s) <- zip [1 :: Int ..] given]
    aliases = concat [moduleNameString (unLoc (ideclName d)) : [moduleNameString (unLoc a) | Just a <- [ideclAs d]] | L _ d <- imports_]
    libraries = filter (\q -> allowedImport q && q `notElem` aliases) (qualifiers (concatMap (tokens flags) texts))

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
  HsPar _ inner -> nameless inner
  ExplicitList _ Nothing inner -> all nameless inner
  ExplicitTuple _ inner Boxed -> and [case field of Present _ x -> nameless x; _ -> False | L _ field <- inner]
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

-- | One instance of a comparison (the numbers say which), from where an earlier worker stopped. Where the number for
-- where to stop is 3, only the input at that place.
compareOne :: (Tally -> IO ()) -> Compare.Constants -> [Integer] -> [Instance] -> IO Reply
compareOne post constants_ numbers instances = case map fromInteger numbers of
  time : size : which : _ : budget : shrinking_ : patience_ : most : stop_ : position_ : agreed_ : doubtful : _ : ceilingS : _ : hung_ -> do
    let settings =
          Settings
            { seed = numbers !! 3
            , evaluations = budget
            , shrinking = shrinking_
            , patience = patience_
            , mostInconclusive = most
            , stop = case stop_ of 0 -> Compare.Nowhere; 1 -> Compare.AtSmall; _ -> Compare.Anywhere
            , limits = Limits time size
            , constants = constants_
            , report = post
            }
        ended = fromInteger (numbers !! 14)
        tally = Tally position_ agreed_ doubtful (positive (numbers !! 12)) (positive ceilingS) hung_ ended (Compare.Measure 0 0) True
        inst = instances !! which
    if stop_ == 3
      then return (("status", String "input") : inputJson (Compare.inputAt settings inst position_), Healthy)
      else reportJson <$> Compare.compareAll settings tally inst
  _ -> ioError (userError ("bad settings " ++ intercalate "," (map show numbers)))
  where
    positive n = if n > 0 then Just n else Nothing

-- | Inputs as they would be tried: all kinds of them, by the seed, passing over so many of the first.
examples :: Compare.Constants -> [Integer] -> Subject -> Reply
examples constants_ numbers subject = case numbers of
  [seed_, budget, count] -> answer (every (map (map renderArgument) (inputs constants_ seed_ (fromInteger budget) (shapes subject))) (fromInteger count))
  _ -> answer []
  where
    answer found = ([("examples", Array (map (Array . map String) found))], Healthy)
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

inputJson :: Compare.Input -> [(String, Json)]
inputJson input = [("arguments", Array (map String (Compare.written input))), ("small", Bool (Compare.small input))]

tallyJson :: Tally -> [(String, Json)]
tallyJson t =
  [ ("position", number (position t))
  , ("agreed", number (agreed t))
  , ("inconclusive", number (inconclusive t))
  , ("number_ceiling", maybe (Number 0) Number (numberCeiling t))
  , ("size_ceiling", maybe (Number 0) number (sizeCeiling t))
  , ("ended_kinds", Number (toInteger (endedKinds t)))
  , ("hung", Array (map number (hung t)))
  ]
  where
    number = Number . toInteger

outcomeJson :: Outcome -> Json
outcomeJson o = Object $ case o of
  Returned text -> [("kind", String "value"), ("text", String text)]
  Threw name message -> [("kind", String "exception"), ("text", String name), ("message", String message)]
  TimedOut -> [("kind", String "timeout")]
  OutOfMemory -> [("kind", String "memory")]
  StackOverflowed -> [("kind", String "stack")]
  Flooded text -> [("kind", String "output_limit"), ("text", String (take 200 text))]

healthOf :: Bool -> Health
healthOf good = if good then Healthy else Doubtful

healthyOutcome :: Outcome -> Bool
healthyOutcome o = case o of
  Returned _ -> True
  Threw _ _ -> True
  _ -> False
