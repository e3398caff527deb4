-- | Function arguments: small lambdas that can be written down as Haskell and read back.
--
-- A function's body is drawn over its bound variables: a variable of the result's type, arithmetic and comparisons on
-- whole numbers, a constructor around other bodies, a table of cases, or a constant.
module Seqplay.Functions
  ( functionFrom
  ) where

import Data.Char (isAlphaNum)
import Seqplay.Codec (Constructor (..), Shape (..), label)
import Seqplay.Fault (fault)
import Seqplay.Random
import Seqplay.Value

-- | A bound variable: its name, its shape, and its place among the arguments.
data Variable = Variable String Shape Int

-- | A body: what it is written as (at the given precedence), and its value for the arguments.
data Body = Body (Int -> String) ([Value] -> Value)

-- | A random function of a shape, curried as far as the shape is.
functionFrom :: (Shape -> Gen Value) -> Shape -> Shape -> Gen Value
functionFrom constant first rest = do
  let (shapes, end) = uncurried first rest
      variables = [Variable name s i | (name, s, i) <- zip3 names shapes [0 ..]]
  Body text run <- body constant variables 2 end
  let written = '(' : '\\' : unwords (take (length shapes) names) ++ " -> " ++ text 0 ++ ")"
  pure (curried written (length shapes) (run . reverse))
  where
    names = ["x", "y", "z", "u", "v", "w"] ++ map (\n -> 'x' : show n) [1 :: Int ..]

uncurried :: Shape -> Shape -> ([Shape], Shape)
uncurried a b = case b of
  FunctionShape c d -> let (shapes, end) = uncurried c d in (a : shapes, end)
  _ -> ([a], b)

curried :: String -> Int -> ([Value] -> Value) -> Value
curried written count run = go count []
  where
    go n arguments = Function written (\v -> if n == 1 then run (v : arguments) else go (n - 1) (v : arguments))

body :: (Shape -> Gen Value) -> [Variable] -> Int -> Shape -> Gen Body
body constant variables fuel end =
  weighted
    ( [(2, fixed constant end)]
        ++ [(6, variable <$> oneOf same) | not (null same)]
        ++ [(5, arithmetic constant variables end) | WholeShape _ _ <- [end], not (null wholes_)]
        ++ [(6, comparison constant variables (fuel - 1) cs) | DataShape "Bool" cs <- [end], not (null wholes_)]
        ++ [(4, constructed constant variables (fuel - 1) cs) | DataShape _ cs <- [end], fuel > 0]
        ++ [(4, tupled constant variables (fuel - 1) ss) | TupleShape ss <- [end], fuel > 0]
        ++ [(4, listed constant variables (fuel - 1) s) | ListShape s <- [end], fuel > 0]
        ++ [(4, table constant variables (fuel - 1) end) | fuel > 0, not (null (keys variables))]
    )
  where
    same = [v | v@(Variable _ s _) <- variables, label s == label end]
    wholes_ = wholeVariables variables

wholeVariables :: [Variable] -> [Variable]
wholeVariables variables = [v | v@(Variable _ (WholeShape _ _) _) <- variables]

variable :: Variable -> Body
variable (Variable name _ i) = Body (const name) (!! i)

fixed :: (Shape -> Gen Value) -> Shape -> Gen Body
fixed constant s = (\v -> Body (at v) (const v)) <$> constant s
  where
    at v depth = let t = renderArgument v in if depth > 6 && compound t then '(' : t ++ ")" else t

-- | Whether a rendering needs parentheses as an operand: not if it is one token, or in brackets.
compound :: String -> Bool
compound t = case t of
  c : _ | c `elem` "([\"'" -> False
  _ -> not (all (\c -> isAlphaNum c || c `elem` "._'") t)

arithmetic :: (Shape -> Gen Value) -> [Variable] -> Shape -> Gen Body
arithmetic constant variables end = do
  a <- variable <$> oneOf (wholeVariables variables)
  b <- weighted [(2, fixed (fmap small . constant) end), (2, variable <$> oneOf (wholeVariables variables))]
  (name, precedence, op) <- oneOf [("+", 6, (+)), ("-", 6, (-)), ("*", 7, (*))]
  pure (infix_ name precedence (\x y -> Whole (within end (op (number x) (number y)))) a b)
  where
    small v = case v of Whole n -> Whole (n `rem` 10); other -> other

-- | Whole numbers wrap around as the program's own type does.
within :: Shape -> Integer -> Integer
within s n = case s of
  WholeShape (Just lo) (Just hi) | n < lo || n > hi -> lo + (n - lo) `mod` (hi - lo + 1)
  _ -> n

comparison :: (Shape -> Gen Value) -> [Variable] -> Int -> [Constructor] -> Gen Body
comparison constant variables _ _ = do
  v@(Variable _ s _) <- oneOf (wholeVariables variables)
  b <- weighted [(3, fixed constant s), (2, variable <$> oneOf (wholeVariables variables))]
  (name, op) <- oneOf [(">", (>)), ("<", (<)), ("==", (==)), ("<=", (<=)), (">=", (>=)), ("/=", (/=))]
  parity <- chance 4
  pure
    ( if parity
        then Body (\d -> brackets (d > 10) ("Prelude.even " ++ text (variable v) 11)) (\vs -> truth (even (number (run (variable v) vs))))
        else infix_ name 4 (\x y -> truth (op (number x) (number y))) (variable v) b
    )
  where
    text (Body t _) = t
    run (Body _ r) = r

truth :: Bool -> Value
truth b = if b then Data 1 "True" [] else Data 0 "False" []

number :: Value -> Integer
number v = case v of
  Whole n -> n
  _ -> fault "not a number"

infix_ :: String -> Int -> (Value -> Value -> Value) -> Body -> Body -> Body
infix_ name precedence op (Body s f) (Body t g) =
  Body
    (\depth -> brackets (depth > precedence) (s (precedence + 1) ++ " " ++ name ++ " " ++ t (precedence + 1)))
    (\vs -> op (f vs) (g vs))

brackets :: Bool -> String -> String
brackets needed t = if needed then '(' : t ++ ")" else t

constructed :: (Shape -> Gen Value) -> [Variable] -> Int -> [Constructor] -> Gen Body
constructed constant variables fuel cs = do
  (n, Constructor name ss) <- oneOf (zip [0 ..] cs)
  bodies <- mapM (body constant variables fuel) ss
  let written = prefix name
  pure (Body (\d -> brackets (d > 10 && not (null ss)) (unwords (written : [t 11 | Body t _ <- bodies]))) (\vs -> Data n name [r vs | Body _ r <- bodies]))
  where
    prefix name = if any (\c -> isAlphaNum c || c == '_') (take 1 name) && isAlphaNum (last name) then name else '(' : name ++ ")"

tupled :: (Shape -> Gen Value) -> [Variable] -> Int -> [Shape] -> Gen Body
tupled constant variables fuel ss = do
  bodies <- mapM (body constant variables fuel) ss
  pure (Body (const ('(' : commas [t 0 | Body t _ <- bodies] ++ ")")) (\vs -> Tuple [r vs | Body _ r <- bodies]))

listed :: (Shape -> Gen Value) -> [Variable] -> Int -> Shape -> Gen Body
listed constant variables fuel s = do
  n <- below 3
  bodies <- mapM (const (body constant variables fuel s)) [1 .. n]
  pure (Body (const ('[' : commas [t 0 | Body t _ <- bodies] ++ "]")) (\vs -> List [r vs | Body _ r <- bodies]))

commas :: [String] -> String
commas ts = case ts of
  [] -> ""
  t : rest -> t ++ concatMap (',' :) rest

-- | Variables that a literal pattern can tell apart.
keys :: [Variable] -> [Variable]
keys variables = [v | v@(Variable _ s _) <- variables, literal s]
  where
    literal s = case s of
      WholeShape _ _ -> True
      CharacterShape -> True
      TextShape -> True
      DataShape _ cs -> all (null . constructorFields) cs
      _ -> False

table :: (Shape -> Gen Value) -> [Variable] -> Int -> Shape -> Gen Body
table constant variables fuel end = do
  Variable name s i <- oneOf (keys variables)
  rows <- below 3 >>= \n -> mapM (const ((,) <$> constant s <*> body constant variables fuel end)) [0 .. n]
  Body other otherwise_ <- body constant variables fuel end
  let row (v, Body t _) = pattern (renderArgument v) ++ " -> " ++ t 0 ++ "; "
      text = "case " ++ name ++ " of { " ++ concatMap row rows ++ "_ -> " ++ other 0 ++ " }"
      choose vs = case [r | (v, Body _ r) <- rows, renderArgument v == renderArgument (vs !! i)] of
        r : _ -> r vs
        [] -> otherwise_ vs
  pure (Body (\depth -> brackets (depth > 0) text) choose)
  where
    pattern t = if compound t then '(' : t ++ ")" else t
