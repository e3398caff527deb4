{-# LANGUAGE BangPatterns #-}
{-# LANGUAGE ConstraintKinds #-}
{-# LANGUAGE GADTs #-}
{-# LANGUAGE KindSignatures #-}
{-# LANGUAGE MagicHash #-}
{-# LANGUAGE UnboxedTuples #-}

-- | Entries run without a driver module: the same conversions, put together from a plan instead of compiled.
--
-- A driver costs as much to compile as a small program. Where an entry needs no dictionary and its types are made of
-- types that 'codecOf' knows and of the program's own plain data types, a plan does the same. A plan is written by the
-- pipeline from the types that GHC gave, so that every coercion here is at the type that the value has.
module Direct
  ( Plan (..)
  , Definition (..)
  , Entry (..)
  , readPlan
  , subjectsOf
  , literalValue
  ) where

import Compile
import Data.Char (isAlphaNum)
import Data.Ix (Ix)
import qualified Data.Map as Map
import qualified Data.Text as Text
import GHC.Core.DataCon (dataConWrapId)
import GHC.Core.TyCon (tyConDataCons)
import GHC.Exts
import GHC.Data.FastString (unpackFS)
import GHC.Hs
import GHC.Tc.Types (TcGblEnv (..))
import GHC.Types.Name (getName, nameOccName)
import GHC.Types.Name.Occurrence (occNameString)
import GHC.Types.Name.Reader (RdrName, isExact, rdrNameOcc)
import GHC.Types.SrcLoc
import Ghc
import Seqplay.Codec
import Seqplay.Compare (Constants (..))
import Seqplay.Fault (fault)
import Seqplay.Value
import Unsafe.Coerce (unsafeCoerce)

-- | Data types, entries, and the constants that inputs are made from.
data Plan = Plan {definitions :: [Definition], entries :: [Entry], planConstants :: Constants}

-- | A data type of a program: the name that expressions call it, its program, its own name, the label of its shape,
-- whether it is a newtype, and its constructors with the conversions of their fields.
data Definition = Definition
  { definedName :: String
  , program :: String
  , typeName :: String
  , shapeLabel :: String
  , isNewtype :: Bool
  , constructors :: [(String, [Expression])]
  }

-- | A program's entry: conversions of the result and of the arguments.
data Entry = Entry {entryProgram :: String, entryName :: String, resultCodec :: Expression, argumentCodecs :: [Expression]}

-- | A conversion: a function of "Seqplay.Codec", or a defined name, and what it is applied to.
data Expression = Expression String [Expression]

-- | Read a plan: one line each, parts separated by tabs. Nothing where a line is no part of a plan.
readPlan :: String -> Maybe Plan
readPlan text = go (lines text) (Plan [] [] (Constants [] [] [] []))
  where
    go [] plan = Just plan {definitions = reverse (definitions plan), entries = reverse (entries plan)}
    go (line : rest) plan = case splitTabs line of
      ["type", name, slot, own, labelled, kind] -> go rest plan {definitions = Definition name slot own labelled (kind == "newtype") [] : definitions plan}
      "con" : name : codecs
        | d : ds <- definitions plan, Just es <- mapM expression codecs -> go rest plan {definitions = d {constructors = constructors d ++ [(name, es)]} : ds}
      "entry" : slot : name : end : codecs
        | Just e <- expression end, Just es <- mapM expression codecs -> go rest plan {entries = Entry slot name e es : entries plan}
      ["constants", values] | [((a, b, c, d), "")] <- reads values -> go rest plan {planConstants = Constants a b c d}
      _ -> Nothing

splitTabs :: String -> [String]
splitTabs s = case break (== '\t') s of
  (a, _ : rest) -> a : splitTabs rest
  (a, []) -> [a]

-- | Read @(H.list H.int)@ or @cP0@.
expression :: String -> Maybe Expression
expression text = case one text of
  Just (e, "") -> Just e
  _ -> Nothing
  where
    one s = case s of
      '(' : rest -> do
        (Expression f [], more) <- word rest
        (arguments, after) <- many more
        Just (Expression f arguments, after)
      _ -> word s
    many s = case s of
      ' ' : rest -> do
        (e, more) <- one rest
        (es, after) <- many more
        Just (e : es, after)
      ')' : rest -> Just ([], rest)
      _ -> Nothing
    word s = case span (\c -> isAlphaNum c || c `elem` "._'") s of
      ("", _) -> Nothing
      ('H' : '.' : w, rest) -> Just (Expression w [], rest)
      (w, rest) -> Just (Expression w [], rest)

-- | The plan's entries as subjects, or nothing where the plan asks for what is not known here.
subjectsOf :: HscEnv -> [(String, Checked)] -> Plan -> IO (Maybe [Subject])
subjectsOf env programs plan = do
  made <- mapM constructorValues (definitions plan)
  let table = Map.fromList [(definedName d, algebraic table d values) | (d, values) <- zip (definitions plan) made]
      known = all (supported table) (concat [e | d <- definitions plan, (_, e) <- constructors d] ++ concat [resultCodec e : argumentCodecs e | e <- entries plan])
  if known && all (`elem` map fst programs) (map entryProgram (entries plan))
    then Just <$> mapM (subjectOf table) (entries plan)
    else return Nothing
  where
    checkedOf_ slot = case lookup slot programs of
      Just c -> c
      Nothing -> fault "no such program"
    constructorValues d = case [t | t <- typeEnvTyCons (tcg_type_env (checkedEnv (checkedOf_ (program d)))), occNameString (nameOccName (getName t)) == typeName d] of
      t : _ | not (isNewtype d) -> mapM (\c -> namedValue env (getName (dataConWrapId c))) (tyConDataCons t)
      _ -> return []
    subjectOf table e = do
      value <- valueOf env (checkedOf_ (entryProgram e)) (entryName e)
      return (foldr (takes table) (result (codecOf table (resultCodec e))) (argumentCodecs e) value)
    takes table codec rest = argument (codecOf table codec) rest . (unsafeCoerce :: Any -> Any -> Any)

type Table = Map.Map String (Codec Any)

-- | Whether every name in an expression is known, at the right number of arguments, with dictionaries for keys.
supported :: Table -> Expression -> Bool
supported table (Expression name arguments) = all (supported table) arguments && case (name, arguments) of
  (_, []) -> name `Map.member` simple || name `Map.member` table
  ("ratio", [i]) -> integral i
  ("array", [i, _]) -> indexed i
  ("map_", [k, _]) -> ordered k
  ("set", [k]) -> ordered k
  (_, [_]) -> name `elem` ["list", "maybe_", "nonEmpty", "intMap", "seq_"]
  (_, [_, _]) -> name `elem` ["either_", "function", "tuple2"]
  (_, many) -> name == "tuple" ++ show (length many) && length many <= 7
  where
    integral (Expression n _) = n `elem` ["int", "integer"]

-- | Whether 'orderOf' has the dictionary.
ordered :: Expression -> Bool
ordered (Expression name arguments) = case (name, arguments) of
  (_, []) -> name `elem` ["int", "integer", "character", "string", "bool", "double", "text"]
  ("tuple2", [a, b]) -> ordered a && ordered b
  ("list", [a]) -> ordered a
  ("maybe_", [a]) -> ordered a
  _ -> False

-- | Whether 'indexOf' has the dictionary.
indexed :: Expression -> Bool
indexed (Expression name arguments) = case (name, arguments) of
  (_, []) -> name `elem` ["int", "integer", "character", "bool"]
  ("tuple2", [a, b]) -> indexed a && indexed b
  _ -> False

data Dictionary (c :: Constraint) where
  Dictionary :: c => Dictionary c

orderOf :: Expression -> Dictionary (Ord Any)
orderOf (Expression name arguments) = case (name, arguments) of
  ("int", _) -> unsafeCoerce (Dictionary :: Dictionary (Ord Int))
  ("integer", _) -> unsafeCoerce (Dictionary :: Dictionary (Ord Integer))
  ("character", _) -> unsafeCoerce (Dictionary :: Dictionary (Ord Char))
  ("string", _) -> unsafeCoerce (Dictionary :: Dictionary (Ord String))
  ("bool", _) -> unsafeCoerce (Dictionary :: Dictionary (Ord Bool))
  ("double", _) -> unsafeCoerce (Dictionary :: Dictionary (Ord Double))
  ("text", _) -> unsafeCoerce (Dictionary :: Dictionary (Ord Text.Text))
  ("tuple2", [a, b]) -> case (orderOf a, orderOf b) of
    (Dictionary, Dictionary) -> unsafeCoerce (Dictionary :: Dictionary (Ord (Any, Any)))
  ("list", [a]) -> case orderOf a of
    Dictionary -> unsafeCoerce (Dictionary :: Dictionary (Ord [Any]))
  ("maybe_", [a]) -> case orderOf a of
    Dictionary -> unsafeCoerce (Dictionary :: Dictionary (Ord (Maybe Any)))
  _ -> fault "no order"

indexOf :: Expression -> Dictionary (Ix Any)
indexOf (Expression name arguments) = case (name, arguments) of
  ("int", _) -> unsafeCoerce (Dictionary :: Dictionary (Ix Int))
  ("integer", _) -> unsafeCoerce (Dictionary :: Dictionary (Ix Integer))
  ("character", _) -> unsafeCoerce (Dictionary :: Dictionary (Ix Char))
  ("bool", _) -> unsafeCoerce (Dictionary :: Dictionary (Ix Bool))
  ("tuple2", [a, b]) -> case (indexOf a, indexOf b) of
    (Dictionary, Dictionary) -> unsafeCoerce (Dictionary :: Dictionary (Ix (Any, Any)))
  _ -> fault "no order of indices"

simple :: Map.Map String (Codec Any)
simple =
  Map.fromList
    [ ("int", unsafeCoerce int)
    , ("word", unsafeCoerce word)
    , ("int8", unsafeCoerce int8)
    , ("int16", unsafeCoerce int16)
    , ("int32", unsafeCoerce int32)
    , ("int64", unsafeCoerce int64)
    , ("word8", unsafeCoerce word8)
    , ("word16", unsafeCoerce word16)
    , ("word32", unsafeCoerce word32)
    , ("word64", unsafeCoerce word64)
    , ("integer", unsafeCoerce integer)
    , ("natural", unsafeCoerce natural)
    , ("double", unsafeCoerce double)
    , ("float", unsafeCoerce float)
    , ("character", unsafeCoerce character)
    , ("bool", unsafeCoerce bool)
    , ("ordering", unsafeCoerce ordering)
    , ("unit", unsafeCoerce unit)
    , ("string", unsafeCoerce string)
    , ("intSet", unsafeCoerce intSet)
    , ("text", unsafeCoerce text)
    , ("byteString", unsafeCoerce byteString)
    ]

-- | The conversion that a supported expression stands for.
codecOf :: Table -> Expression -> Codec Any
codecOf table (Expression name arguments) = case (name, arguments) of
  (_, []) | Just c <- Map.lookup name simple -> c
          | Just c <- Map.lookup name table -> c
  ("list", [a]) -> unsafeCoerce (list (go a))
  ("maybe_", [a]) -> unsafeCoerce (maybe_ (go a))
  ("nonEmpty", [a]) -> unsafeCoerce (nonEmpty (go a))
  ("either_", [a, b]) -> unsafeCoerce (either_ (go a) (go b))
  ("function", [a, b]) -> unsafeCoerce (function (go a) (go b))
  ("intMap", [a]) -> unsafeCoerce (intMap (go a))
  ("seq_", [a]) -> unsafeCoerce (seq_ (go a))
  ("map_", [k, v]) -> case orderOf k of Dictionary -> unsafeCoerce (map_ (go k) (go v))
  ("set", [k]) -> case orderOf k of Dictionary -> unsafeCoerce (set (go k))
  ("ratio", [Expression "int" _]) -> unsafeCoerce (ratio int)
  ("ratio", [_]) -> unsafeCoerce (ratio integer)
  ("array", [i, e]) -> case indexOf i of Dictionary -> unsafeCoerce (array (go i) (go e))
  ("tuple2", [a, b]) -> unsafeCoerce (tuple2 (go a) (go b))
  ("tuple3", [a, b, c]) -> unsafeCoerce (tuple3 (go a) (go b) (go c))
  ("tuple4", [a, b, c, d]) -> unsafeCoerce (tuple4 (go a) (go b) (go c) (go d))
  ("tuple5", [a, b, c, d, e]) -> unsafeCoerce (tuple5 (go a) (go b) (go c) (go d) (go e))
  ("tuple6", [a, b, c, d, e, f]) -> unsafeCoerce (tuple6 (go a) (go b) (go c) (go d) (go e) (go f))
  ("tuple7", [a, b, c, d, e, f, g]) -> unsafeCoerce (tuple7 (go a) (go b) (go c) (go d) (go e) (go f) (go g))
  _ -> fault ("no conversion " ++ name)
  where
    go = codecOf table

-- | The conversion of a program's own data type: a constructor is known by its tag, and its fields are read out of the
-- heap object. The byte code compiler unpacks no fields, so all of them are pointers.
algebraic :: Table -> Definition -> [Any] -> Codec Any
algebraic table d values = Codec shape_ encode_ decode_
  where
    codecs = [map (codecOf table) es | (_, es) <- constructors d]
    names = map fst (constructors d)
    shape_ = DataShape (shapeLabel d) [Constructor n (map shape cs) | (n, cs) <- zip names codecs]
    encode_ x
      | isNewtype d = Data 0 (concat (take 1 names)) [encode c x | c <- concat (take 1 codecs)]
      | otherwise = let (tag, fields_) = opened x in Data tag (names !! tag) (zipWith encode (codecs !! tag) fields_)
    decode_ v
      | isNewtype d = decode (head (concat codecs)) (field 0 v)
      | otherwise = let n = constructor v in foldl applied (values !! n) [decode c (field i v) | (i, c) <- zip [0 ..] (codecs !! n)]
    applied f x = (unsafeCoerce f :: Any -> Any) x

-- | The tag of an evaluated constructor, and its fields.
opened :: Any -> (Int, [Any])
opened x = case x of
  !y -> case unpackClosure# y of
    (# _, _, pointers #) -> (constructorTag y, [case indexArray# pointers i of (# p #) -> p | I# i <- [0 .. I# (sizeofArray# pointers) - 1]])

-- | The value of an expression made of literals, lists and tuples, at a shape that it fits: no name is looked up, so it
-- means the same in any scope. Anything else is for the type checker.
literalValue :: Shape -> LHsExpr GhcPs -> Maybe Value
literalValue s (L _ e) = case (s, e) of
  (_, Parens inner) -> literalValue s inner
  (WholeShape lo hi, HsOverLit _ (OverLit {ol_val = HsIntegral n})) | inside lo hi (il_value n) -> Just (Whole (il_value n))
  (WholeShape lo hi, NegApp _ (L _ (HsOverLit _ (OverLit {ol_val = HsIntegral n}))) _) | inside lo hi (negate (il_value n)) -> Just (Whole (negate (il_value n)))
  (FloatingShape, HsOverLit _ (OverLit {ol_val = HsIntegral n})) -> Just (Real (fromInteger (il_value n)))
  (FloatingShape, HsOverLit _ (OverLit {ol_val = HsFractional r})) | plain r -> Just (Real (fromRational (fraction r)))
  (FloatingShape, NegApp _ inner _) -> do
    Real x <- literalValue s inner
    Just (Real (negate x))
  (CharacterShape, HsLit _ (HsChar _ c)) -> Just (Character c)
  (TextShape, HsLit _ (HsString _ t)) -> Just (Text (unpackFS t))
  (ListShape a, ListOf es) -> List <$> mapM (literalValue a) es
  (TupleShape ss, TupleOf es) | length ss == length es -> Tuple <$> sequence (zipWith literalValue ss es)
  (TupleShape [], HsVar _ (L _ name)) | written "()" name -> Just (Tuple [])
  (ListShape _, HsVar _ (L _ name)) | written "[]" name -> Just (List [])
  _ -> Nothing
  where
    written :: String -> RdrName -> Bool
    written text name = isExact name && occNameString (rdrNameOcc name) == text
    inside lo hi n = maybe True (<= n) lo && maybe True (>= n) hi
    plain r = maybe False (\t -> length t <= 40 && all (`elem` "0123456789._") t) (writtenAs (fl_text r))
