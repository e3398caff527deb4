-- | What is known of a program's variables at a place in its desugared code, as far as conditions on the way say it, and
-- whether that can be at all: where it cannot, nothing ever comes there.
--
-- Known are an interval (with gaps) for each variable of type Int, Word, Integer or Char, and how two of them compare.
-- Each step only leaves out what cannot be, so what is called impossible is.
module Dead
  ( Facts
  , noFacts
  , impossible
  , assume
  , alternativeFacts
  , sharing
  , atCalls
  , common
  ) where

import Data.Bits (complement, (.&.))
import qualified Data.IntMap.Strict as IntMap
import qualified Data.Set as Set
import GHC.Builtin.Types (charDataCon, charTyCon, falseDataCon, intDataCon, intTyCon, trueDataCon, wordDataCon, wordTyCon)
import GHC.Core
import GHC.Core.DataCon (dataConName, dataConWorkId)
import GHC.Core.TyCon (TyCon, tyConName)
import GHC.Core.Type
import GHC.Types.Id (Id, idName, idType)
import GHC.Types.Literal (Literal (..))
import GHC.Types.Name (Name)
import GHC.Types.Unique (getUnique)
import GHC.Types.Var (Var)
import Ghc

-- | Of each variable which other it is, its values, and how it compares with others: by both keys, the smaller first,
-- three bits for below, equal and above.
data Facts = Impossible | Facts (IntMap.IntMap Int) (IntMap.IntMap Range) (IntMap.IntMap (IntMap.IntMap Int))

-- | The least value and the greatest, and what is left out in between.
data Range = Range (Maybe Integer) (Maybe Integer) (Set.Set Integer)

data Atom = Variable Int Range | Value Integer

noFacts :: Facts
noFacts = Facts IntMap.empty IntMap.empty IntMap.empty

impossible :: Facts -> Bool
impossible facts = case facts of
  Impossible -> True
  Facts {} -> False

-- | That one variable is another.
sharing :: Id -> CoreExpr -> Facts -> Facts
sharing x e facts = case (facts, bare e) of
  (Facts same ranges orders, Var y) | key x /= root -> Facts (IntMap.insert (key x) root same) ranges orders
    where
      root = IntMap.findWithDefault (key y) (key y) same
  _ -> facts

key :: Id -> Int
key = uniqueKey . getUnique

-- | What holds where a condition has an outcome.
assume :: Bool -> CoreExpr -> Facts -> Facts
assume truth e facts = case collectArgsTicks (const True) e of
  (Var f, [], _)
    | f == dataConWorkId trueDataCon || named f == "GHC.Base.otherwise" -> if truth then facts else Impossible
    | f == dataConWorkId falseDataCon -> if truth then Impossible else facts
  (Var f, [a], _) | named f == "GHC.Classes.not" -> assume (not truth) a facts
  (Var f, [a, b], _)
    | named f == "GHC.Classes.&&" && truth || named f == "GHC.Classes.||" && not truth -> assume truth b (assume truth a facts)
  (Var f, [Type t, _, a, b], _)
    | Just orders <- lookup (named f) comparisons, ordered t -> compared (if truth then orders else complement orders .&. 7) a b facts
  _ -> facts
  where
    comparisons = [("GHC.Classes." ++ o, n) | (o, n) <- [("<", 1), ("==", 2), ("<=", 3), (">", 4), ("/=", 5), (">=", 6)]]

-- | What holds where a scrutinee met an alternative, given those that stand beside it.
alternativeFacts :: CoreExpr -> Id -> [AltCon] -> (AltCon, [Var]) -> Facts -> Facts
alternativeFacts scrutinee binder others (con, variables) facts = case con of
  DataAlt c
    | c == trueDataCon -> assume True scrutinee facts
    | c == falseDataCon -> assume False scrutinee facts
    | c `elem` [intDataCon, wordDataCon, charDataCon], [x] <- variables -> sharing x scrutinee known
    | Just order <- lookup (nameOf (dataConName c)) [("LT", 1), ("EQ", 2), ("GT", 4)], (Var f, [Type t, _, a, b], _) <- collectArgsTicks (const True) scrutinee, named f == "GHC.Classes.compare", ordered t -> compared order a b known
  LitAlt l | Just n <- number l -> met 2 n known
  DEFAULT -> foldr (\n found -> met 5 n found) known [n | LitAlt l <- others, Just n <- [number l]]
  _ -> known
  where
    known = sharing binder scrutinee facts
    met orders n found = case bare scrutinee of
      Var x -> related orders (Variable (key x) anything) (Value n) found
      _ -> found

anything :: Range
anything = Range Nothing Nothing Set.empty

-- | What holds wherever a local function is called (the next clause, where one fails); at most so deep into clauses.
atCalls :: Int -> Id -> Facts -> CoreExpr -> [Facts]
atCalls depth target facts e = case e of
  _ | depth <= (0 :: Int) -> [noFacts | mentions e]
    | impossible facts -> []
  Var x | x == target -> [facts]
  App f a -> atCalls depth target facts f ++ atCalls depth target facts a
  Lam _ body -> atCalls depth target facts body
  Tick _ inner -> atCalls depth target facts inner
  Cast inner _ -> atCalls depth target facts inner
  Let (NonRec x rhs) body -> atCalls depth target (sharing x rhs facts) body ++ [found | mentions rhs, found <- atCalls (depth - 1) target (common (atCalls (depth - 1) x facts body)) rhs]
  Let (Rec pairs) body -> concatMap (atCalls depth target facts . snd) pairs ++ atCalls depth target facts body
  Case scrutinee b _ alternatives ->
    atCalls depth target facts scrutinee
      ++ concat [atCalls depth target (alternativeFacts scrutinee b [c | Choice c _ _ <- alternatives] (con, xs) facts) r | Choice con xs r <- alternatives]
  _ -> []
  where
    mentions x = case x of
      Var y -> y == target
      App f a -> mentions f || mentions a
      Lam _ body -> mentions body
      Tick _ inner -> mentions inner
      Cast inner _ -> mentions inner
      Let (NonRec _ r) body -> mentions r || mentions body
      Let (Rec pairs) body -> any (mentions . snd) pairs || mentions body
      Case s _ _ as -> mentions s || or [mentions r | Choice _ _ r <- as]
      _ -> False

-- | What holds at all of several places: where it is one place, what holds there.
common :: [Facts] -> Facts
common found = case filter (not . impossible) found of
  [] -> Impossible
  [one] -> one
  _ -> noFacts

bare :: CoreExpr -> CoreExpr
bare e = case e of
  Tick _ inner -> bare inner
  _ -> e

named :: Id -> String
named = full . idName

full :: Name -> String
full n = maybe "" id (homeOf n) ++ "." ++ nameOf n

-- | Whether a type's values are whole numbers, compared as such.
ordered :: Type -> Bool
ordered t = maybe False (\c -> c `elem` [intTyCon, wordTyCon, charTyCon] || isInteger c) (tyConAppTyCon_maybe t)

isInteger :: TyCon -> Bool
isInteger c = full (tyConName c) == "GHC.Num.Integer.Integer"

number :: Literal -> Maybe Integer
number l = case l of
  LitNumber _ n -> Just n
  LitChar c -> Just (toInteger (fromEnum c))
  _ -> Nothing

-- | An operand that something can be known of.
atom :: CoreExpr -> Maybe Atom
atom e = case collectArgsTicks (const True) e of
  (Var f, [Lit l], _) | f `elem` map dataConWorkId [intDataCon, wordDataCon, charDataCon] -> Value <$> number l
  -- An Integer's literal is this constructor's from GHC 9.2 on.
  (Var f, [Lit l], _) | named f == "GHC.Num.Integer.IS" -> Value <$> number l
  (Lit l, [], _) -> Value <$> number l
  (Var f, [Type _, _, a], _) | named f == "GHC.Num.negate", Just (Value n) <- atom a -> Just (Value (negate n))
  (Var x, [], _) -> Just (Variable (key x) (whole (idType x)))
  _ -> Nothing
  where
    whole t = case tyConAppTyCon_maybe t of
      Just c
        | c == intTyCon -> Range (Just (negate (2 ^ (63 :: Int)))) (Just (2 ^ (63 :: Int) - 1)) Set.empty
        | c == wordTyCon -> Range (Just 0) (Just (2 ^ (64 :: Int) - 1)) Set.empty
        | c == charTyCon -> Range (Just 0) (Just 1114111) Set.empty
      _ -> anything

compared :: Int -> CoreExpr -> CoreExpr -> Facts -> Facts
compared orders a b facts = case (atom a, atom b) of
  (Just x, Just y) -> related orders x y facts
  _ -> facts

-- | Leave out what is not in one of these orders.
related :: Int -> Atom -> Atom -> Facts -> Facts
related orders a b facts = case (facts, a, b) of
  (Impossible, _, _) -> Impossible
  (_, Value x, Value y) -> if orderOf (compare x y) .&. orders == 0 then Impossible else facts
  (_, Value _, Variable _ _) -> related (mirrored orders) b a facts
  (Facts same ranges pairs, Variable x range, Value n) ->
    let k = IntMap.findWithDefault x x same
     in maybe Impossible (\r -> Facts same (IntMap.insert k r ranges) pairs) (narrowed orders n (IntMap.findWithDefault range k ranges))
  (Facts same ranges pairs, Variable x _, Variable y _)
    | j == k -> if orders .&. 2 == 0 then Impossible else facts
    | left == 0 -> Impossible
    | otherwise -> Facts same ranges (IntMap.insertWith IntMap.union (min j k) (IntMap.singleton (max j k) left) pairs)
    where
      j = IntMap.findWithDefault x x same
      k = IntMap.findWithDefault y y same
      left = (if j < k then orders else mirrored orders) .&. IntMap.findWithDefault 7 (max j k) (IntMap.findWithDefault IntMap.empty (min j k) pairs)
  where
    orderOf o = case o of LT -> 1; EQ -> 2; GT -> 4 :: Int
    mirrored o = (if o .&. 1 /= 0 then 4 else 0) + (o .&. 2) + (if o .&. 4 /= 0 then 1 else 0)

narrowed :: Int -> Integer -> Range -> Maybe Range
narrowed orders n (Range lo hi without) = settled $ case orders of
  1 -> Range lo (upTo (n - 1)) without
  2 -> Range (from n) (upTo n) without
  3 -> Range lo (upTo n) without
  4 -> Range (from (n + 1)) hi without
  5 -> Range lo hi (Set.insert n without)
  6 -> Range (from n) hi without
  _ -> Range lo hi without
  where
    from m = Just (maybe m (max m) lo)
    upTo m = Just (maybe m (min m) hi)
    settled (Range l h w)
      | Just m <- l, m `Set.member` w = settled (Range (Just (m + 1)) h w)
      | Just m <- h, m `Set.member` w = settled (Range l (Just (m - 1)) w)
      | Just m <- l, Just k <- h, m > k = Nothing
      | otherwise = Just (Range l h w)
