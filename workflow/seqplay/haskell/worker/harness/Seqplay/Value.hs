-- | The one tree of values that every input and output of a program passes through, and its rendering as Haskell text.
--
-- An input is made once as a 'Value' and converted to P's and to Q's own types; an output is converted to a 'Value' by
-- code that the pipeline derives, never by the program's own @Show@, and compared as its rendering.
module Seqplay.Value
  ( Value (..)
  , Rendering (..)
  , render
  , renderArgument
  , entire
  ) where

import Data.Char (isAlpha)

-- | A value of any type a program may take or give. Lazy in every field: bottoms stay inside until they are demanded.
data Value
  = Whole Integer
  | Real Double
  | Single Float
  | Character Char
  | Text String
  | List [Value]
  | Tuple [Value]
  | -- | Position of the constructor in its type, name as it is written, fields in order.
    Data Int String [Value]
  | -- | A function of a library and its arguments, for types whose constructors are hidden (@Data.Map.fromList [..]@).
    Call String [Value]
  | -- | A function: how it is written, and what it does.
    Function String (Value -> Value)

-- | A rendering within its limit, or cut.
data Rendering = Whole_ String | Cut String

-- | Render at most so many characters. Forces the value as deep as it is shown; throws what the value throws.
render :: Int -> Value -> Rendering
render limit value = case splitAt limit (showsValue 0 value "") of
  (kept, rest)
    | length kept == limit, not (null rest) -> Cut kept
    | otherwise -> Whole_ kept

-- | The text of an input, as it can be given back on the command line.
renderArgument :: Value -> String
renderArgument value = showsValue 0 value ""

-- | Force a value as deep as it goes; what a function does is left to its calls.
entire :: Value -> ()
entire value = case value of
  Whole n -> n `seq` ()
  Real x -> x `seq` ()
  Single x -> x `seq` ()
  Character c -> c `seq` ()
  Text s -> foldr seq () s
  List vs -> inside vs
  Tuple vs -> inside vs
  Data n _ vs -> n `seq` inside vs
  Call _ vs -> inside vs
  Function text _ -> foldr seq () text
  where
    inside = foldr (seq . entire) ()

showsValue :: Int -> Value -> ShowS
showsValue depth value = case value of
  Whole n -> showParen (n < 0 && depth > 6) (shows n)
  Real x -> showsFloating depth (isNaN x) (isInfinite x) (x < 0 || isNegativeZero x) (shows x)
  Single x -> showsFloating depth (isNaN x) (isInfinite x) (x < 0 || isNegativeZero x) (shows x)
  Character c -> shows c
  Text s -> shows s
  List vs -> showChar '[' . commas vs . showChar ']'
  Tuple vs -> showChar '(' . commas vs . showChar ')'
  Data _ name [a, b] | operator name -> showParen (depth > 0) (showsValue 11 a . showChar ' ' . showString name . showChar ' ' . showsValue 11 b)
  Data _ name vs -> applied (if operator name then showParen True (showString name) else showString name) vs
  Call name vs -> applied (showString name) vs
  Function text _ -> showString text
  where
    applied name [] = name
    applied name vs = showParen (depth > 10) (name . foldr (\v rest -> showChar ' ' . showsValue 11 v . rest) id vs)

commas :: [Value] -> ShowS
commas [] = id
commas (v : vs) = showsValue 0 v . foldr (\w rest -> showChar ',' . showsValue 0 w . rest) id vs

-- | NaN and the infinities have no literal; all NaNs are one value here.
showsFloating :: Int -> Bool -> Bool -> Bool -> ShowS -> ShowS
showsFloating depth nan infinite negative literal
  | nan = showString "(0/0)"
  | infinite = showString (if negative then "(-1/0)" else "(1/0)")
  | otherwise = showParen (negative && depth > 6) literal

operator :: String -> Bool
operator name = case name of
  [] -> False
  (c : _) | not (isAlpha c) && c /= '_' -> True
  _ -> case break (== '.') name of
    (_, '.' : rest) -> operator rest
    _ -> False
