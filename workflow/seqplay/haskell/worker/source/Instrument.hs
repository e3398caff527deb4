{-# LANGUAGE TupleSections #-}

-- | Probes in a program's desugared code, so that a comparison knows what an input reached.
--
-- Worked on is GHC's Core before anything optimises it: it is typed, so that no probe changes what a type is inferred
-- to be, and laziness is plain, so that none changes what is forced, or in which order. A probe stands at each function,
-- at each alternative of a decision that has several (clauses, guards, branches), and at both outcomes of a condition
-- that an operator or a library's function takes. What the compiler made by itself (derived instances, the failure of a
-- match that no clause is written for) has none, nor has what the entry cannot come to ('Live'). GHC's breakpoints say which code was written, and on which line; they
-- are left out of the result, which is about as fast as the code with them was.
module Instrument
  ( Hooks
  , Probe (..)
  , loadHooks
  , instrumented
  ) where

import Control.Monad.Trans.State.Strict
import Data.Array (Array, bounds, inRange, (!))
import Data.Maybe (fromMaybe, isJust)
import GHC.Builtin.Types (boolTy, boolTyCon, charTyCon, doubleTyCon, falseDataCon, intTyCon, listTyCon, trueDataCon, unitTy, wordTyCon)
import GHC.Core
import GHC.Core.DataCon (dataConWorkId)
import GHC.Core.TyCon (TyCon, tyConName)
import GHC.Core.Type
import GHC.Core.Utils (exprIsTrivial, exprType)
import GHC.Data.FastString (fsLit)
import GHC.Types.Id (Id, idName, isDataConWorkId, mkSysLocal)
import GHC.Types.Literal (LitNumType (..), Literal (..), mkLitIntUnchecked)
import GHC.Types.Name (Name, nameModule_maybe, nameOccName)
import GHC.Types.Name.Occurrence (occNameString)
import GHC.Types.SrcLoc
import GHC.Types.Var (Var, isId, varName)
import GHC.Unit.Types (Module)
import Dead
import Ghc
import Live

-- | The functions of the harness that probes call.
data Hooks = Hooks {hit :: Id, outcome :: Id, metInt :: Id, metChar :: Id, compared :: [(String, Id)], sought :: [(String, Id)]}

-- | A place in a program: its line, what is there, and whether what follows only throws. Counted from 0 over the
-- programs of an item.
data Probe = Probe {probeLine :: Int, probeKind :: String, probeThrows :: Bool}

-- | Find the hooks in the harness's library.
loadHooks :: HscEnv -> IO (Maybe Hooks)
loadHooks env = do
  found <- mapM named ["hit", "outcomeOf", "metInt", "metChar"]
  operands <- mapM named ["notedInt", "notedInteger", "notedWord", "notedChar", "notedDouble", "notedText"]
  seekers <- mapM named ["soughtInt", "soughtInteger", "soughtChar", "soughtText"]
  return $ case (sequence found, sequence operands, sequence seekers) of
    (Just [h, o, n, c], Just ids, Just others) ->
      Just (Hooks h o n c (zip ["Int", "Integer", "Word", "Char", "Double", "Text"] ids) (zip ["Int", "Integer", "Char", "Text"] others))
    _ -> Nothing
  where
    named = findHook env "seqplay-harness-1" "Seqplay.Probe"

-- | Probes and comparisons so far, the next number of each, and the most there may be.
data Supply = Supply {made :: [Probe], nextProbe :: !Int, nextComparison :: !Int}

type Making = State Supply

-- | Where the walk is: the line of written code, whether only an exception can come of it, and what conditions on the way
-- there say. Where they cannot all hold, nothing ever comes, and no probe stands.
data Place = Place {written :: Maybe Int, throws :: Bool, facts :: Facts}

most :: Int
most = 2000

-- | Put probes into what a module's entry can come to, numbered from these on (probes, comparisons); the numbers after it.
instrumented :: Hooks -> (RealSrcSpan -> Bool) -> Maybe String -> (Int, Int) -> ModGuts -> (ModGuts, [Probe], (Int, Int))
instrumented hooks generated entry (firstProbe, firstComparison) guts =
  (guts {mg_binds = binds}, reverse (made end), (nextProbe end, nextComparison end))
  where
    (binds, end) = runState (mapM (topLevel . withoutSections) (mg_binds guts)) (Supply [] firstProbe firstComparison)
    alive = maybe (const True) (`live` guts) entry
    nowhere = Place Nothing False noFacts
    topLevel b = case b of
      NonRec i e | alive i -> NonRec i <$> bound walk nowhere e
      Rec pairs -> Rec <$> mapM (\(i, e) -> if alive i then (i,) <$> bound walk nowhere e else return (i, e)) pairs
      _ -> return b
    walk = Walk hooks (mg_module guts) lineAt (firstProbe + most)
    lineAt n = case mg_modBreaks guts of
      Just breaks | inRange (bounds (modBreaks_locs breaks)) n -> case modBreaks_locs breaks ! n of
        RealSrcSpan s _ | not (generated s) -> Just (srcSpanStartLine s)
        _ -> Nothing
      _ -> Nothing

-- | What the walk goes by: the hooks, the program's module, and the lines of GHC's breakpoints.
data Walk = Walk {hooksOf :: Hooks, home_ :: Module, lineOf :: Int -> Maybe Int, limit :: Int}

binding :: Walk -> Place -> CoreBind -> Making CoreBind
binding w p b = case b of
  NonRec i e -> NonRec i <$> bound w p e
  Rec pairs -> Rec <$> mapM (\(i, e) -> (i,) <$> bound w p e) pairs

-- | The right side of a binding: a function gets a probe where its code begins, if somebody wrote it.
bound :: Walk -> Place -> CoreExpr -> Making CoreExpr
bound w p e = case collectBinders e of
  (binders, body)
    | any isId binders, isJust line, not (onlyFails body) -> mkLams binders <$> probed w here "function" body
    | otherwise -> mkLams binders <$> expression w here body
    where
      line = firstLine w body
      here = p {written = maybe (written p) Just line, throws = throws p || isThrow body}

-- | The line of the first written code on the way to an expression's result.
firstLine :: Walk -> CoreExpr -> Maybe Int
firstLine w e = case e of
  BreakAt n inner -> maybe (firstLine w inner) Just (lineOf w n)
  Tick _ inner -> firstLine w inner
  Let _ body -> firstLine w body
  Case scrutinee _ _ alternatives -> foldr (\x rest -> maybe rest Just (firstLine w x)) Nothing (scrutinee : [r | Choice _ _ r <- alternatives])
  Cast inner _ -> firstLine w inner
  Lam _ body -> firstLine w body
  App f x -> maybe (firstLine w f) Just (firstLine w x)
  _ -> Nothing

-- | An expression behind a probe.
probed :: Walk -> Place -> String -> CoreExpr -> Making CoreExpr
probed w p kind e = do
  number <- fresh w p kind
  inner <- expression w p e
  return (maybe inner (\n -> reached w n inner) number)

fresh :: Walk -> Place -> String -> Making (Maybe Int)
fresh w p kind = do
  supply <- get
  case written p of
    Just line | nextProbe supply < limit w, not (impossible (facts p)) -> do
      put supply {made = Probe line kind (throws p) : made supply, nextProbe = nextProbe supply + 1}
      return (Just (nextProbe supply))
    _ -> return Nothing

reached :: Walk -> Int -> CoreExpr -> CoreExpr
reached w n e = Case (App (Var (hit (hooksOf w))) (number_ n)) (unused unitTy) (exprType e) [Choice DEFAULT [] e]

-- | The binder of a case that nobody speaks of. It has a unique of its own: the compiler's wild card is one name everywhere,
-- and an as-pattern in the code inside may speak of it.
unused :: Type -> Id
unused = mkSysLocal (fsLit "unused") (localUnique 0) anyUsage

number_ :: Int -> CoreExpr
number_ n = Lit (mkLitIntUnchecked (toInteger n))

expression :: Walk -> Place -> CoreExpr -> Making CoreExpr
expression w p e = case e of
  BreakAt n inner -> expression w (maybe p (\l -> p {written = Just l}) (lineOf w n)) inner
  Tick t inner -> Tick t <$> expression w p inner
  Lam x body -> Lam x <$> expression w p body
  -- What fails here goes on with the next clause: there holds what holds at the one place where it fails.
  Let b@(NonRec x rhs) body
    | isFailure x -> Let <$> binding w p {facts = common (atCalls 12 x (facts p) body)} b <*> expression w p body
    | otherwise -> Let <$> binding w p b <*> expression w p {facts = sharing x rhs (facts p)} body
  Let b body -> Let <$> binding w p b <*> expression w p body
  Cast inner co -> (`Cast` co) <$> expression w p inner
  Case scrutinee b t alternatives -> do
    s <- scrutinised w p scrutinee
    let decision = length [() | Choice _ _ r <- alternatives, not (onlyFails r)] > 1 || length alternatives > 1
    as <- mapM (alternative w p decision (\x -> alternativeFacts scrutinee b [c | Choice c _ _ <- alternatives] x (facts p))) alternatives
    Case s b t <$> met w p s as
  App _ _
    | isJust (written p), isCondition w e -> do
        inner <- call w p e
        falsity <- fresh w p {facts = assume False e (facts p)} "is False"
        truth <- fresh w p {facts = assume True e (facts p)} "is True"
        return (both inner falsity truth)
  _ -> call w p e
  where
    both inner falsity truth
      | isJust falsity || isJust truth = Case inner (unused boolTy) boolTy [outcomeAt falseDataCon falsity, outcomeAt trueDataCon truth]
      | otherwise = inner
    outcomeAt con number = Choice (DataAlt con) [] (maybe id (reached w) number (Var (dataConWorkId con)))

-- | Where no literal of a match is met, they are noted as if each had been compared.
met :: Walk -> Place -> CoreExpr -> [CoreAlt] -> Making [CoreAlt]
met w p scrutinee alternatives = case (scrutinee, alternatives) of
  (Var x, Choice DEFAULT binders r : rest)
    | isJust (written p), notes@(_ : _) <- take 8 [(hook, l) | Choice (LitAlt l) _ _ <- rest, Just hook <- [hookOf l]] -> do
        supply <- get
        put supply {nextComparison = nextComparison supply + length notes}
        return (Choice DEFAULT binders (foldr (noted x) r (zip [nextComparison supply ..] notes)) : rest)
  _ -> return alternatives
  where
    hookOf l = case l of
      LitNumber LitNumInt _ -> Just (metInt (hooksOf w))
      LitChar _ -> Just (metChar (hooksOf w))
      _ -> Nothing
    noted x (n, (hook, l)) r = Case (mkApps (Var hook) [number_ n, Var x, Lit l]) (unused unitTy) (exprType r) [Choice DEFAULT [] r]

-- | What a decision looks at: its alternatives have the probes, so that the condition itself needs none.
scrutinised :: Walk -> Place -> CoreExpr -> Making CoreExpr
scrutinised w p e = case e of
  BreakAt n inner -> scrutinised w (maybe p (\l -> p {written = Just l}) (lineOf w n)) inner
  App _ _ -> call w p e
  _ -> expression w p e

alternative :: Walk -> Place -> Bool -> ((AltCon, [Var]) -> Facts) -> CoreAlt -> Making CoreAlt
alternative w p decision known (Choice con names r)
  | decision, not (onlyFails r) = Choice con names <$> probed w here "branch" r
  | otherwise = Choice con names <$> expression w here r
  where
    here = Place (maybe (written p) Just (direct r)) (throws p || isThrow r) (known (con, names))
    direct x = case x of
      BreakAt n _ -> lineOf w n
      _ -> Nothing

-- | A call, with its operands noted where it compares, and its predicates watched.
call :: Walk -> Place -> CoreExpr -> Making CoreExpr
call w p e = case collectArgsTicks (const True) e of
  (Var f, arguments, _)
    | [a, b] <- arguments, Just truth <- lookup (nameText f) [("GHC.Classes.&&", True), ("GHC.Classes.||", False)] -> do
        first <- operand w p a
        second <- operand w p {facts = assume truth a (facts p)} b
        return (mkApps (Var f) [first, second])
    | not (null arguments) -> do
        walked <- mapM (operand w p) arguments
        case comparison w f walked of
          Just make | isJust (written p) -> do
            supply <- get
            put supply {nextComparison = nextComparison supply + 1}
            return (make (nextComparison supply))
          _ -> return (mkApps (Var f) walked)
  (f, arguments, _)
    | not (null arguments) -> mkApps <$> expression w p f <*> mapM (operand w p) arguments
  _ -> return e

-- | An operand; a predicate of a library's that is passed on is watched too.
operand :: Walk -> Place -> CoreExpr -> Making CoreExpr
operand w p e
  | isTypeArg e = return e
  | Just line <- ticked e = operand w p {written = Just line} (unticked e)
  | isJust (written p), Just argument <- predicate e = do
      inner <- call w p e
      falsity <- fresh w p "is False"
      truth <- fresh w p "is True"
      return (maybe inner (\(n, _) -> mkApps (Var (outcome (hooksOf w))) [Type argument, number_ n, inner]) ((,) <$> falsity <*> truth))
  | otherwise = expression w p e
  where
    ticked x = case x of
      BreakAt n _ -> lineOf w n
      _ -> Nothing
    unticked x = case x of
      BreakAt _ inner -> inner
      _ -> x
    predicate x = case collectArgs x of
      (Var f, _)
        | not (own w f)
        , Just (argument, result) <- argumentAndResult (exprType x)
        , result `eqType` boolTy
        , not (isUnliftedType argument)
        , not (isPredicate argument) -> Just argument
      _ -> Nothing

-- | Whether an expression is a condition whose outcomes are worth two probes: of type Bool, and the call of something that
-- another module defines, so that no tail call of the program is lost.
isCondition :: Walk -> CoreExpr -> Bool
isCondition w e = case collectArgs e of
  (Var f, _ : _) -> not (own w f) && not (isDataConWorkId f) && nameText f `notElem` connectives && not (isThrow e || onlyFails e) && exprType e `eqType` boolTy
  _ -> False
  where
    connectives = ["GHC.Classes.&&", "GHC.Classes.||", "GHC.Classes.not", "GHC.Base.$", "GHC.Base.$!", "GHC.Prim.seq", "GHC.Base.id", "GHC.Base.otherwise"]

own :: Walk -> Id -> Bool
own w f = maybe True (== home_ w) (nameModule_maybe (idName f))

nameText :: Id -> String
nameText = qualified . idName

-- | The call of a comparison at a type whose values can be noted, as the harness makes it, by the comparison's number.
comparison :: Walk -> Id -> [CoreExpr] -> Maybe (Int -> CoreExpr)
comparison w f arguments = case arguments of
  [Type t, dictionary, a, b]
    | nameText f `elem` operators, Just kind <- kindOf t -> noted kind (mkApps (Var f) [Type t, dictionary]) a b
  [a, b]
    | nameText f == "GHC.Base.eqString" -> noted "Text" (Var f) a b
  [Type l, d, Type t, e, x, xs]
    | nameText f `elem` ["Data.Foldable.elem", "Data.Foldable.notElem"], tyConAppTyCon_maybe l == Just listTyCon, Just kind <- kindOf t, Just hook <- lookup kind (sought (hooksOf w)) -> called hook (mkApps (Var f) [Type l, d, Type t, e]) x xs
  _ -> Nothing
  where
    operators = ["GHC.Classes." ++ o | o <- ["==", "/=", "<", "<=", ">", ">=", "compare"]]
    noted kind op a b = lookup kind (compared (hooksOf w)) >>= \hook -> called hook op a b
    -- The operands are shared by the note and the comparison, which comes after it.
    called hook op a b = Just $ \n ->
      let (x, shareX) = shared (2 * n + 1) a
          (y, shareY) = shared (2 * n + 2) b
          answer = mkApps op [x, y]
       in shareX (shareY (Case (mkApps (Var hook) [number_ n, x, y]) (unused unitTy) (exprType answer) [Choice DEFAULT [] answer]))
    shared n e
      | exprIsTrivial e = (e, id)
      | otherwise = let i = mkSysLocal (fsLit "operand") (localUnique n) anyUsage (exprType e) in (Var i, Let (NonRec i e))

kindOf :: Type -> Maybe String
kindOf t = case splitTyConApp_maybe t of
  Just (c, [])
    | c == intTyCon -> Just "Int"
    | c == wordTyCon -> Just "Word"
    | c == charTyCon -> Just "Char"
    | c == doubleTyCon -> Just "Double"
    | conText c == "GHC.Num.Integer.Integer" -> Just "Integer"
  Just (c, [x])
    | c == listTyCon, Just (d, []) <- splitTyConApp_maybe x, d == charTyCon -> Just "Text"
  _ -> Nothing

conText :: TyCon -> String
conText = qualified . tyConName

qualified :: Name -> String
qualified name = fromMaybe "" (homeOf name) ++ "." ++ nameOf name

-- | Whether code is nothing but the failure of a match: a jump to the next clause, or the exception where there is none.
onlyFails :: CoreExpr -> Bool
onlyFails e = case collectArgsTicks (const True) e of
  (Var f, _, _) -> isFailure f || nameText f `elem` map ("Control.Exception.Base." ++) ["patError", "noMethodBindingError", "recSelError", "recConError"]
  (Case scrutinee _ _ [], _, _) -> onlyFails scrutinee
  _ -> False

-- | Whether a function is what the compiler calls where a clause fails.
isFailure :: Id -> Bool
isFailure f = occNameString (nameOccName (idName f)) == "fail" && nameModule_maybe (varName f) == Nothing

-- | Whether an expression is the throwing of an exception, as it stands.
isThrow :: CoreExpr -> Bool
isThrow e = case collectArgsTicks (const True) e of
  (Var f, arguments, _)
    | nameText f `elem` ["GHC.Err.error", "GHC.Err.errorWithoutStackTrace", "GHC.Err.undefined", "GHC.Exception.throw"] -> True
    | nameText f `elem` ["GHC.Base.$", "GHC.Base.$!"] -> any isThrow [a | a <- take 1 (filter (not . isTypeArg) arguments)]
  (Case scrutinee _ _ _, _, _) | isThrow scrutinee -> True
  (Let _ body, _, _) -> isThrow body
  (Tick _ inner, _, _) -> isThrow inner
  _ -> False
