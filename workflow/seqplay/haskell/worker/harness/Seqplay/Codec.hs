-- | Conversions between a program's own types and 'Value', and the shape of each type for generating inputs.
--
-- The driver module, written by the pipeline for each program, puts these together; user types get a conversion of
-- their own there, in terms of 'algebraic' and pattern matching.
module Seqplay.Codec
  ( Codec (..)
  , Shape (..)
  , Constructor (..)
  , Subject (..)
  , Prepared (..)
  , apply
  , argument
  , result
  , input
  , convert
  , constructor
  , noConstructor
  , field
  , label
  , int
  , int8
  , int16
  , int32
  , int64
  , word
  , word8
  , word16
  , word32
  , word64
  , integer
  , natural
  , double
  , float
  , character
  , string
  , unit
  , bool
  , ordering
  , maybe_
  , either_
  , list
  , nonEmpty
  , ratio
  , complex
  , map_
  , set
  , intMap
  , intSet
  , seq_
  , text
  , byteString
  , array
  , function
  , tuple2
  , tuple3
  , tuple4
  , tuple5
  , tuple6
  , tuple7
  ) where

import qualified Data.Array as Array
import qualified Data.ByteString as ByteString
import Data.Complex (Complex (..))
import Data.Foldable (toList)
import Data.Int (Int16, Int32, Int64, Int8)
import qualified Data.IntMap as IntMap
import qualified Data.IntSet as IntSet
import Data.List.NonEmpty (NonEmpty (..))
import qualified Data.Map as Map
import Data.Ratio (Ratio, denominator, numerator, (%))
import qualified Data.Sequence as Seq
import qualified Data.Set as Set
import qualified Data.Text as Text
import Data.Word (Word16, Word32, Word64, Word8)
import Numeric.Natural (Natural)
import Seqplay.Fault (fault)
import Seqplay.Value

-- | What the values of a type look like, as far as making and shrinking them is concerned.
data Shape
  = -- | Whole numbers between two ends, where there are ends.
    WholeShape (Maybe Integer) (Maybe Integer)
  | FloatingShape
  | CharacterShape
  | TextShape
  | ListShape Shape
  | -- | A list that is never empty, written @(x :| xs)@.
    NonEmptyShape Shape
  | TupleShape [Shape]
  | -- | Name (unique for a type and its arguments) and constructors. May refer to itself.
    DataShape String [Constructor]
  | -- | A hidden type: the library function that makes it, and what that takes.
    CallShape String Shape
  | -- | An array: its index and its elements.
    ArrayShape Shape Shape
  | RatioShape
  | FunctionShape Shape Shape

data Constructor = Constructor {constructorName :: String, constructorFields :: [Shape]}

-- | A type's two conversions. 'decode' is lazy: it looks at the value only when its result is demanded.
data Codec a = Codec {shape :: Shape, encode :: a -> Value, decode :: Value -> a}

-- | An entry function ready to run: the shapes of its arguments, and the function on values.
data Subject = Subject {shapes :: [Shape], prepare :: [Value] -> Prepared}

-- | Arguments as values of the program's own types, and what the entry makes of them. To force 'built' is to build the
-- arguments whole, so that nothing of an input is left to be made (or found impossible to make) while a program runs.
data Prepared = Prepared {built :: (), outcome :: Value}

-- | Apply an entry to arguments that are built as far as the program asks for them.
apply :: Subject -> [Value] -> Value
apply subject = outcome . prepare subject

-- | An entry that takes one argument more.
argument :: Codec a -> (b -> Subject) -> (a -> b) -> Subject
argument codec rest f =
  Subject
    (shape codec : shapes (rest (f undefined)))
    ( \values -> case values of
        v : vs ->
          let x = decode codec v
              others = prepare (rest (f x)) vs
           in Prepared (entire (encode codec x) `seq` built others) (outcome others)
        [] -> fault "too few arguments"
    )

-- | The end of an entry's arguments.
result :: Codec a -> a -> Subject
result codec x = Subject [] (const (Prepared () (encode codec x)))

-- | A constant of a program's type, as a value.
input :: Codec a -> a -> Value
input = encode

-- | Take a value of P's type over to Q's.
convert :: Codec a -> Codec b -> a -> b
convert from to = decode to . encode from

-- | Position of the constructor of a 'Data' value.
constructor :: Value -> Int
constructor v = case v of
  Data n _ _ -> n
  _ -> fault "not a constructor"

-- | What a conversion says of a constructor that its type does not have.
noConstructor :: a
noConstructor = fault "no such constructor"

-- | A field of a 'Data' value, by position.
field :: Int -> Value -> Value
field n v = case drop n (fields v) of
  w : _ -> w
  [] -> fault "too few fields"

fields :: Value -> [Value]
fields v = case v of
  Data _ _ vs -> vs
  _ -> fault "not a constructor"

-- | A text that two shapes share exactly if values of one may stand for values of the other.
label :: Shape -> String
label s = case s of
  WholeShape lo hi -> "whole" ++ show (lo, hi)
  FloatingShape -> "floating"
  CharacterShape -> "char"
  TextShape -> "text"
  ListShape a -> "[" ++ label a ++ "]"
  NonEmptyShape a -> "ne[" ++ label a ++ "]"
  TupleShape as -> "(" ++ concatMap ((++ ",") . label) as ++ ")"
  DataShape name _ -> "data " ++ name
  CallShape name a -> name ++ "(" ++ label a ++ ")"
  ArrayShape i e -> "array " ++ label i ++ "[" ++ label e ++ "]"
  RatioShape -> "ratio"
  FunctionShape a b -> "(" ++ label a ++ "->" ++ label b ++ ")"

-- | The bounded whole-number types of base.
whole :: (Integral a, Bounded a) => Codec a
whole = self
  where
    self = Codec (WholeShape (Just (end minBound)) (Just (end maxBound))) (Whole . toInteger) (fromInteger . number)
    end x = toInteger (x `asTypeOf` decode self (Whole 0))

int :: Codec Int
int = whole

int8 :: Codec Int8
int8 = whole

int16 :: Codec Int16
int16 = whole

int32 :: Codec Int32
int32 = whole

int64 :: Codec Int64
int64 = whole

word :: Codec Word
word = whole

word8 :: Codec Word8
word8 = whole

word16 :: Codec Word16
word16 = whole

word32 :: Codec Word32
word32 = whole

word64 :: Codec Word64
word64 = whole

integer :: Codec Integer
integer = Codec (WholeShape Nothing Nothing) Whole number

natural :: Codec Natural
natural = Codec (WholeShape (Just 0) Nothing) (Whole . toInteger) (fromInteger . number)

double :: Codec Double
double = Codec FloatingShape Real (\v -> case v of Real x -> x; Single x -> realToFrac x; _ -> fromInteger (number v))

float :: Codec Float
float = Codec FloatingShape Single (\v -> case v of Single x -> x; Real x -> narrow x; _ -> fromInteger (number v))
  where
    narrow x
      | isNaN x = 0 / 0
      | isInfinite x = if x > 0 then 1 / 0 else -1 / 0
      | otherwise = realToFrac x

number :: Value -> Integer
number v = case v of
  Whole n -> n
  _ -> fault "not a number"

character :: Codec Char
character = Codec CharacterShape Character (\v -> case v of Character c -> c; _ -> fault "not a character")

string :: Codec String
string = Codec TextShape Text (\v -> case v of Text s -> s; List vs -> map (decode character) vs; _ -> fault "not a text")

unit :: Codec ()
unit = Codec (TupleShape []) (\() -> Tuple []) (\v -> case v of Tuple _ -> (); _ -> fault "not a unit")

bool :: Codec Bool
bool = Codec (enumeration "Bool" ["False", "True"]) (nullary ["False", "True"] . fromEnum) (toEnum . constructor)

ordering :: Codec Ordering
ordering = Codec (enumeration "Ordering" ["LT", "EQ", "GT"]) (nullary ["LT", "EQ", "GT"] . fromEnum) (toEnum . constructor)

enumeration :: String -> [String] -> Shape
enumeration name names = DataShape name [Constructor n [] | n <- names]

nullary :: [String] -> Int -> Value
nullary names n = Data n (names !! n) []

maybe_ :: Codec a -> Codec (Maybe a)
maybe_ c = Codec (DataShape ("Maybe " ++ label (shape c)) [Constructor "Nothing" [], Constructor "Just" [shape c]]) there back
  where
    there = maybe (Data 0 "Nothing" []) (\x -> Data 1 "Just" [encode c x])
    back v = case (constructor v, fields v) of
      (1, [x]) -> Just (decode c x)
      _ -> Nothing

either_ :: Codec a -> Codec b -> Codec (Either a b)
either_ a b = Codec (DataShape name [Constructor "Left" [shape a], Constructor "Right" [shape b]]) there back
  where
    name = "Either (" ++ label (shape a) ++ ") " ++ label (shape b)
    there = either (\x -> Data 0 "Left" [encode a x]) (\x -> Data 1 "Right" [encode b x])
    back v = case (constructor v, fields v) of
      (1, [x]) -> Right (decode b x)
      (_, [x]) -> Left (decode a x)
      _ -> fault "not an Either"

items :: Value -> [Value]
items v = case v of
  List vs -> vs
  Text s -> map Character s
  _ -> fault "not a list"

parts :: Value -> [Value]
parts v = case v of
  Tuple vs -> vs
  _ -> fault "not a tuple"

list :: Codec a -> Codec [a]
list c = Codec (ListShape (shape c)) (List . map (encode c)) (map (decode c) . items)

nonEmpty :: Codec a -> Codec (NonEmpty a)
nonEmpty c = Codec (NonEmptyShape (shape c)) (\(x :| xs) -> Data 0 ":|" [encode c x, List (map (encode c) xs)]) back
  where
    back v = case fields v of
      [x, xs] -> decode c x :| map (decode c) (items xs)
      _ -> fault "not a non-empty list"

ratio :: Integral a => Codec a -> Codec (Ratio a)
ratio c = Codec RatioShape (\r -> Data 0 "Data.Ratio.%" [encode c (numerator r), encode c (denominator r)]) back
  where
    back v = case fields v of
      [n, d] -> decode c n % decode c d
      _ -> fault "not a ratio"

complex :: Codec a -> Codec (Complex a)
complex c = Codec (DataShape "Complex" [Constructor "Data.Complex.:+" [shape c, shape c]]) there back
  where
    there (a :+ b) = Data 0 "Data.Complex.:+" [encode c a, encode c b]
    back v = case fields v of
      [a, b] -> decode c a :+ decode c b
      _ -> fault "not a complex number"

-- | A hidden type through the list that makes it.
through :: String -> Codec b -> (a -> b) -> (b -> a) -> Codec a
through name c from to = Codec (CallShape name (shape c)) (\x -> Call name [encode c (from x)]) back
  where
    back v = case v of
      Call _ [inner] -> to (decode c inner)
      _ -> fault "not a library value"

map_ :: Ord k => Codec k -> Codec v -> Codec (Map.Map k v)
map_ k v = through "Data.Map.fromList" (list (tuple2 k v)) Map.toAscList Map.fromList

set :: Ord a => Codec a -> Codec (Set.Set a)
set c = through "Data.Set.fromList" (list c) Set.toAscList Set.fromList

intMap :: Codec v -> Codec (IntMap.IntMap v)
intMap v = through "Data.IntMap.fromList" (list (tuple2 int v)) IntMap.toAscList IntMap.fromList

intSet :: Codec IntSet.IntSet
intSet = through "Data.IntSet.fromList" (list int) IntSet.toAscList IntSet.fromList

seq_ :: Codec a -> Codec (Seq.Seq a)
seq_ c = through "Data.Sequence.fromList" (list c) toList Seq.fromList

text :: Codec Text.Text
text = through "Data.Text.pack" string Text.unpack Text.pack

byteString :: Codec ByteString.ByteString
byteString = through "Data.ByteString.pack" (list word8) ByteString.unpack ByteString.pack

-- | An array goes in as its bounds and its elements in order, and comes out as its bounds and its cells.
array :: Array.Ix i => Codec i -> Codec e -> Codec (Array.Array i e)
array i e = Codec (ArrayShape (shape i) (shape e)) there back
  where
    there a = Call "Data.Array.array" [encode (tuple2 i i) (Array.bounds a), encode (list (tuple2 i e)) (Array.assocs a)]
    back v = case v of
      Call "Data.Array.array" [ends, cells] -> Array.array (decode (tuple2 i i) ends) (decode (list (tuple2 i e)) cells)
      Call _ [ends, elements] -> Array.listArray (decode (tuple2 i i) ends) (decode (list e) elements)
      _ -> fault "not an array"

-- | A function, seen from outside: its argument goes in as a value and its result comes out as one.
function :: Codec a -> Codec b -> Codec (a -> b)
function a b = Codec (FunctionShape (shape a) (shape b)) (\f -> Function "<function>" (encode b . f . decode a)) back
  where
    back v = case v of
      Function _ f -> decode b . f . encode a
      _ -> fault "not a function"

tuple2 :: Codec a -> Codec b -> Codec (a, b)
tuple2 a b = Codec (TupleShape [shape a, shape b]) (\(x, y) -> Tuple [encode a x, encode b y]) back
  where
    back v = case parts v of
      [x, y] -> (decode a x, decode b y)
      _ -> fault "not a pair"

tuple3 :: Codec a -> Codec b -> Codec c -> Codec (a, b, c)
tuple3 a b c = Codec (TupleShape [shape a, shape b, shape c]) there back
  where
    there (x, y, z) = Tuple [encode a x, encode b y, encode c z]
    back v = case parts v of
      [x, y, z] -> (decode a x, decode b y, decode c z)
      _ -> fault "not a triple"

tuple4 :: Codec a -> Codec b -> Codec c -> Codec d -> Codec (a, b, c, d)
tuple4 a b c d = Codec (TupleShape [shape a, shape b, shape c, shape d]) there back
  where
    there (w, x, y, z) = Tuple [encode a w, encode b x, encode c y, encode d z]
    back t = case parts t of
      [w, x, y, z] -> (decode a w, decode b x, decode c y, decode d z)
      _ -> fault "not a 4-tuple"

tuple5 :: Codec a -> Codec b -> Codec c -> Codec d -> Codec e -> Codec (a, b, c, d, e)
tuple5 a b c d e = Codec (TupleShape [shape a, shape b, shape c, shape d, shape e]) there back
  where
    there (v, w, x, y, z) = Tuple [encode a v, encode b w, encode c x, encode d y, encode e z]
    back t = case parts t of
      [v, w, x, y, z] -> (decode a v, decode b w, decode c x, decode d y, decode e z)
      _ -> fault "not a 5-tuple"

tuple6 :: Codec a -> Codec b -> Codec c -> Codec d -> Codec e -> Codec f -> Codec (a, b, c, d, e, f)
tuple6 a b c d e f = Codec (TupleShape [shape a, shape b, shape c, shape d, shape e, shape f]) there back
  where
    there (u, v, w, x, y, z) = Tuple [encode a u, encode b v, encode c w, encode d x, encode e y, encode f z]
    back t = case parts t of
      [u, v, w, x, y, z] -> (decode a u, decode b v, decode c w, decode d x, decode e y, decode f z)
      _ -> fault "not a 6-tuple"

tuple7 :: Codec a -> Codec b -> Codec c -> Codec d -> Codec e -> Codec f -> Codec g -> Codec (a, b, c, d, e, f, g)
tuple7 a b c d e f g = Codec (TupleShape [shape a, shape b, shape c, shape d, shape e, shape f, shape g]) there back
  where
    there (t, u, v, w, x, y, z) =
      Tuple [encode a t, encode b u, encode c v, encode d w, encode e x, encode f y, encode g z]
    back s = case parts s of
      [t, u, v, w, x, y, z] ->
        (decode a t, decode b u, decode c v, decode d w, decode e x, decode f y, decode g z)
      _ -> fault "not a 7-tuple"
