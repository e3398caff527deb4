-- | Inputs made from inputs: small changes anywhere in them, and what a failed comparison says to try.
module Seqplay.Mutate
  ( Material (..)
  , mutated
  , nudged
  , substituted
  ) where

import Data.Char (chr, isAlpha, isAscii, isDigit, isLower, ord, toLower, toUpper)
import Data.List (isPrefixOf, nub, sort)
import Seqplay.Boundary (edges, wholeEdges)
import Seqplay.Codec (Constructor (..), Shape (..), label)
import Seqplay.Generate (Constants (..), value)
import Seqplay.Probe (Operands (..))
import Seqplay.Random
import Seqplay.Value

-- | What changes draw on: the programs' constants, operands that were compared, and other inputs that reached something.
data Material = Material {constantsOf :: Constants, operandsOf :: [Operands], othersOf :: [[Value]]}

-- | A value inside an input: its shape, and the input with another value in its place.
data Spot = Spot Shape Value (Value -> [Value])

put :: Spot -> Value -> [Value]
put (Spot _ _ back) = back

-- | An input with one to four changes.
mutated :: Material -> [Shape] -> [Value] -> Gen [Value]
mutated material shapes start = do
  times <- weighted [(5, pure 1), (3, pure 2), (1, pure 3), (1, pure (4 :: Int))]
  go times start
  where
    go 0 vs = pure vs
    go n vs = once vs >>= go (n - 1)
    once vs
      | null shapes = pure vs
      | otherwise = do
          i <- fromInteger <$> below (toInteger (length shapes))
          crossing <- chance 12
          case [o | o <- othersOf material, length o == length vs] of
            others@(_ : _) | crossing -> (\o -> set i (o !! i) vs) <$> oneOf others
            _ -> do
              let every = spotsIn (shapes !! i) (vs !! i) (\w -> set i w vs)
              top <- chance 3
              spot <- if top then pure (head every) else oneOf (take 300 every)
              put spot <$> changed material (concat [spotsIn s v (const []) | (s, v) <- zip shapes vs]) spot

-- | An input whose numbers are moved, one or two at once: towards what a comparison asks for, where it is near.
-- Where several arguments are lists of whole numbers, one of them also becomes another one that is redistributed.
nudged :: Material -> [Shape] -> [Value] -> Operands -> Gen [Value]
nudged material shapes vs asking = case numberLists shapes of
  at : others@(_ : _) -> do
    redistributing <- chance 3
    if redistributing then oneOf others >>= alike shapes vs at else byOperands material shapes vs asking
  _ -> byOperands material shapes vs asking

-- | The arguments that are lists of whole numbers, by their places.
numberLists :: [Shape] -> [Int]
numberLists shapes = [i | (i, ListShape (WholeShape _ _)) <- zip [0 ..] shapes]

-- | An input in which two arguments, lists of numbers, have as many numbers with the same sum: three or four of them are
-- moved against each other. Of such lists, other sums (of squares, of differences) are often the same too.
alike :: [Shape] -> [Value] -> Int -> Int -> Gen [Value]
alike shapes vs one other = do
  keeping <- chance 2
  numbers <- if keeping && small then pure present else fresh
  apart <- redistributed numbers
  pure (if all (fitting one) numbers && all (fitting other) apart then set one (listed numbers) (set other (listed apart) vs) else vs)
  where
    present = case vs !! one of
      List ws -> [n | Whole n <- ws]
      _ -> []
    small = length present >= 3 && length present <= 12 && all ((<= 30) . abs) present
    fresh = do
      count <- between 3 5
      largest <- oneOf [5, 9]
      mapM (const (between 0 largest)) [1 .. count]
    listed = List . map Whole
    fitting at n = case shapes !! at of
      ListShape (WholeShape lo hi) -> maybe True (<= n) lo && maybe True (>= n) hi
      _ -> False

-- | The same count of numbers with the same sum.
redistributed :: [Integer] -> Gen [Integer]
redistributed numbers = do
  keys <- mapM (const (below 1000)) numbers
  step <- oneOf [1, 1, 1, 2, 3]
  four <- chance 2
  let moves = map (* step) (if four && length numbers >= 4 then [1, -1, -1, 1] else [1, -2, 1])
      order = map snd (sort (zip keys [0 :: Int ..]))
  pure [n + sum (take 1 [d | (d, j) <- zip moves order, i == j]) | (i, n) <- zip [0 ..] numbers]

-- | Towards what a comparison asks for.
byOperands :: Material -> [Shape] -> [Value] -> Operands -> Gen [Value]
byOperands material shapes vs asking = do
  substituting <- chance 4
  let found = take 60 (substituted shapes vs asking)
  if substituting && not (null found) then oneOf found else if count == 0 then mutated material shapes vs else moved
  where
    count = length (wholeSpots shapes vs)
    place = fromInteger <$> below (toInteger count)
    moved = do
      i <- place
      j <- place
      k <- (*) <$> oneOf [1, -1] <*> weighted [(6, oneOf [1, 1, 1, 2, 3, 5]), (3, oneOf (parts asking))]
      moves <- weighted [(4, pure [(i, k)]), (6, pure [(i, k), (j, negate k)]), (2, pure [(i, k), (j, k)])]
      pure (foldl (\ws (at, d) -> shifted shapes ws at d) vs moves)

-- | What a difference of two numbers may be made up of: itself, and its halves, thirds and so on where they are whole.
parts :: Operands -> [Integer]
parts (Operands _ a b) = case (a, b) of
  (Whole x, Whole y) | x /= y -> let d = y - x in d : [d `div` k | k <- [2 .. 12], d `mod` k == 0]
  _ -> [1]

-- | The whole numbers of an input, in texts too, and the input with another number there; none where it does not fit.
wholeSpots :: [Shape] -> [Value] -> [(Integer, Integer -> Maybe [Value])]
wholeSpots shapes vs = take 120 (concat [numbersAt spot | (i, s, v) <- zip3 [0 ..] shapes vs, spot <- spotsIn s v (\w -> set i w vs)])
  where
    numbersAt spot = case spot of
      Spot (WholeShape lo hi) (Whole n) _ -> [(n, \k -> if maybe True (<= k) lo && maybe True (>= k) hi then Just (put spot (Whole k)) else Nothing)]
      Spot TextShape (Text t) _ -> [(read digits, \k -> if k < 0 then Nothing else Just (put spot (Text (before ++ padTo (length digits) (show k) ++ after)))) | (before, digits, after) <- take 12 (numberRuns t)]
      _ -> []

-- | An input with the number at one of these spots moved; itself where the number would not fit.
shifted :: [Shape] -> [Value] -> Int -> Integer -> [Value]
shifted shapes vs at d = case drop at (wholeSpots shapes vs) of
  (n, back) : _ | Just ws <- back (n + d) -> ws
  _ -> vs

set :: Int -> a -> [a] -> [a]
set i x xs = take i xs ++ x : drop (i + 1) xs

spotsIn :: Shape -> Value -> (Value -> [Value]) -> [Spot]
spotsIn s v back = Spot s v back : case (s, v) of
  (ListShape a, List ws) -> several (map (const a) ws) ws List
  (NonEmptyShape a, Data n c [x, List xs]) -> several (map (const a) (x : xs)) (x : xs) (\ws -> case ws of y : ys -> Data n c [y, List ys]; [] -> v)
  (TupleShape ss, Tuple ws) -> several ss ws Tuple
  (DataShape _ cs, Data n c ws) | Constructor _ ss : _ <- drop n cs -> several ss ws (Data n c)
  (CallShape c a, Call _ [w]) -> spotsIn a w (\x -> back (Call c [x]))
  (ArrayShape _ e, Call c [ends, List ws]) -> several (map (const e) ws) ws (\xs -> Call c [ends, List xs])
  _ -> []
  where
    several ss ws whole = concat [spotsIn t w (\x -> back (whole (set i x ws))) | (i, t, w) <- zip3 [0 ..] ss ws]

-- | Another value in a spot, near the one that is there.
changed :: Material -> [Spot] -> Spot -> Gen Value
changed material every (Spot s v _) = do
  twin <- chance 8
  case twins of
    others@(_ : _) | twin -> oneOf others
    _ -> case (s, v) of
      (WholeShape lo hi, Whole n) -> Whole . within lo hi <$> numbered material numbers (Just (lo, hi)) n
      (FloatingShape, Real x) -> Real <$> real x
      (CharacterShape, Character c) -> Character <$> lettered material pool c
      (TextShape, Text t) -> Text . take 400 <$> texted material pool strings t
      (ListShape a, List ws) -> List . take 200 <$> listed a ws
      (NonEmptyShape a, Data n c [x, List xs]) -> (\ws -> case ws of y : ys -> Data n c [y, List ys]; [] -> v) . take 200 <$> listed a (x : xs)
      (TupleShape ss, Tuple ws) | length ws > 1 -> swapped ss ws
      (DataShape _ cs, Data n c ws) -> rebuilt cs n c ws
      _ -> anew s
  where
    anew t = value (constantsOf material) 6 1 t
    twins = take 40 [w | Spot t w _ <- take 200 every, label t == label s]
    numbers = [n | Spot (WholeShape _ _) (Whole n) _ <- take 100 every]
    strings = [t | Spot TextShape (Text t) _ <- take 50 every] ++ take 6 [t | vs <- othersOf material, w <- vs, t <- textsOf w]
    pool = nub (take 60 (concat strings ++ [c | Spot CharacterShape (Character c) _ <- take 50 every]))
    real x =
      weighted
        [ (3, (x +) <$> oneOf [1, -1, 0.5, -0.5, 0.1])
        , (1, pure (negate x))
        , (1, oneOf [x * 2, x / 2, x * 10, fromInteger (truncateSafe x)])
        , (2, oneOf [y | Real y <- edges FloatingShape])
        , (3, oneOf ([x] ++ constantReals constants_ ++ map fromInteger (constantWholes constants_) ++ [y | o <- operandsOf material, Real y <- [leftOperand o, rightOperand o]]))
        ]
    constants_ = constantsOf material
    truncateSafe x = if isNaN x || isInfinite x || abs x > 1.0e15 then 0 else truncate x :: Integer
    listed a ws = do
      i <- place
      j <- place
      k <- fromInteger <$> between 1 4
      weighted $
        [ (3, (\w -> take i ws ++ w : drop i ws) <$> anew a)
        , (2, pure (take i ws ++ drop (i + k) ws))
        , (2, pure (take i ws ++ take k (drop i ws) ++ drop i ws))
        , (2, pure (exchange i j ws))
        , (1, pure (reverse ws))
        , (1, pure (ws ++ take k ws))
        , (1, pure (drop i ws ++ take i ws))
        , (1, (\w -> replicate (length ws) w) <$> (if null ws then anew a else oneOf ws))
        ]
          ++ [(3, (\w -> take i ws ++ w : drop i ws) <$> oneOf ws) | not (null ws)]
          ++ [(2, (\w -> set i w ws) <$> oneOf ws) | i < length ws]
          ++ [(5, transferred i j ws) | WholeShape _ _ <- [a], length ws > 1]
          ++ [(1, pure (map Whole (sort [n | Whole n <- ws]))) | WholeShape _ _ <- [a]]
      where
        place = fromInteger <$> below (toInteger (length ws + 1))
    -- What one number loses another gets, so that their sum stays.
    transferred i j ws = do
      d <- oneOf [1, -1, 2, -2, 3, 5, 10]
      pure [case w of Whole n | at == i -> Whole (n + d); Whole n | at == j -> Whole (n - d); _ -> w | (at, w) <- zip [0 ..] ws]
    exchange i j ws
      | i < length ws, j < length ws = set i (ws !! j) (set j (ws !! i) ws)
      | otherwise = ws
    swapped ss ws = do
      i <- fromInteger <$> below (toInteger (length ws))
      case [j | (j, t) <- zip [0 ..] ss, j /= i, label t == label (ss !! i)] of
        [] -> (\w -> Tuple (set i w ws)) <$> changed material every (Spot (ss !! i) (ws !! i) (const []))
        js -> oneOf js >>= \j -> oneOf [Tuple (exchange i j ws), Tuple (set i (ws !! j) ws)]
    rebuilt cs n c ws =
      weighted $
        [(2, anew s)]
          ++ [(3, oneOf own) | not (null own)]
          ++ [(3, oneOf [Data m d ws | (m, Constructor d _) <- alike]) | not (null alike)]
          ++ [(3, wrapped) | not (null around)]
          ++ [(2, fields_) | not (null ws)]
      where
        shapes_ = concat [ss | Constructor _ ss <- take 1 (drop n cs)]
        own = [w | (t, w) <- zip shapes_ ws, label t == label s]
        alike = [(m, k) | (m, k@(Constructor _ ss)) <- zip [0 ..] cs, m /= n, map label ss == map label shapes_]
        around = [(m, d, ss, i) | (m, Constructor d ss) <- zip [0 ..] cs, (i, t) <- zip [0 ..] ss, label t == label s]
        wrapped = do
          (m, d, ss, i) <- oneOf around
          others <- mapM (value constants_ 3 3) ss
          pure (Data m d (set i (Data n c ws) others))
        fields_ = do
          i <- fromInteger <$> below (toInteger (length ws))
          Data n c . (\w -> set i w ws) <$> anew (shapes_ !! i)

textsOf :: Value -> [String]
textsOf v = take 3 $ case v of
  Text t -> [t | not (null t)]
  List ws -> concatMap textsOf (take 5 ws)
  Tuple ws -> concatMap textsOf ws
  Data _ _ ws -> concatMap textsOf (take 5 ws)
  Call _ ws -> concatMap textsOf ws
  _ -> []

within :: Maybe Integer -> Maybe Integer -> Integer -> Integer
within lo hi n = case (lo, hi) of
  (Just l, Just h) | n < l || n > h -> l + (n - l) `mod` (h - l + 1)
  (Just l, Nothing) | n < l -> l + (l - n)
  _ -> n

numbered :: Material -> [Integer] -> Maybe (Maybe Integer, Maybe Integer) -> Integer -> Gen Integer
numbered material others ends n =
  weighted $
    [ (4, (n +) <$> oneOf [1, -1])
    , (2, (n +) <$> oneOf [2, -2, 3, 5, 7, 10, -10, 60, 100, -100, 1000])
    , (1, pure (negate n))
    , (1, oneOf [n * 2, n `div` 2, n * n, n * 10, n `div` 10])
    , (2, oneOf (maybe [0, 1, -1] (uncurry wholeEdges) ends))
    ]
      ++ [(4, (+) <$> oneOf known <*> oneOf [0, 0, 0, 1, -1]) | not (null known)]
      ++ [(3, (+) <$> oneOf compared_ <*> oneOf [0, 0, 1, -1]) | not (null compared_)]
      ++ [(1, (+) <$> oneOf others <*> oneOf [0, 1, -1]) | not (null others)]
  where
    known = constantWholes (constantsOf material)
    compared_ = take 60 [k | o <- operandsOf material, Whole k <- [leftOperand o, rightOperand o]]

lettered :: Material -> String -> Char -> Gen Char
lettered material pool c =
  weighted $
    [ (2, pure (shifted 1))
    , (2, pure (shifted (-1)))
    , (1, pure (if isLower c then toUpper c else toLower c))
    , (2, oneOf "aZ09 _-.,:()[]{}\n+*/")
    ]
      ++ [(4, oneOf known) | not (null known)]
      ++ [(2, oneOf pool) | not (null pool)]
      ++ [(3, oneOf compared_) | not (null compared_)]
  where
    shifted d = let k = ord c + d in if k < 0 || k > ord maxBound then c else chr k
    known = constantChars (constantsOf material) ++ concatMap (take 12) (constantTexts (constantsOf material))
    compared_ = take 60 [k | o <- operandsOf material, Character k <- [leftOperand o, rightOperand o]]

-- | A text with something put in, left out, repeated, exchanged, or with another number or word in place of one.
texted :: Material -> String -> [String] -> String -> Gen String
texted material pool strings t = do
  i <- place
  j <- place
  k <- fromInteger <$> between 1 4
  weighted $
    [ (3, (\c -> take i t ++ c : drop i t) <$> lettered material pool (at i))
    , (3, pure (take i t ++ drop (i + k) t))
    , (2, pure (take i t ++ take k (drop i t) ++ drop i t))
    , (2, pure (exchange i j))
    , (1, pure (reverse t))
    , (1, pure (t ++ t))
    , (1, pure (drop i t ++ take i t))
    ]
      ++ [(4, (\c -> set i c t) <$> lettered material pool (at i)) | i < length t]
      ++ [(3, pure (set i (t !! j) t)) | i < length t, j < length t]
      ++ [(4, (\w -> take i t ++ w ++ drop i t) <$> oneOf words_) | not (null words_)]
      ++ [(3, renumbered) | any isDigit t]
      ++ [(2, padded) | any isDigit t]
      ++ [(2, (\u -> take i t ++ drop j u) <$> oneOf strings) | not (null strings)]
      ++ [(3, (\u -> take i t ++ take 40 u ++ drop i t) <$> oneOf strings) | not (null strings)]
      ++ [(2, replacedWord) | not (null words_), any isAlpha t]
      ++ [(1, repeatedPart) | not (null (separators t))]
  where
    place = fromInteger <$> below (toInteger (length t + 1))
    at i = case drop i t of c : _ -> c; [] -> 'a'
    exchange i j
      | i < length t, j < length t = set i (t !! j) (set j (t !! i) t)
      | otherwise = t
    constants_ = constantsOf material
    words_ = take 80 (constantTexts constants_ ++ map (: []) (constantChars constants_) ++ map show (take 16 (constantWholes constants_)) ++ [w | o <- operandsOf material, Text w <- [leftOperand o, rightOperand o], not (null w)])
    runs = numberRuns t
    renumbered = do
      (before, digits, after) <- oneOf runs
      n <- numbered material [] Nothing (read digits)
      keeping <- chance 2
      pure (before ++ (if keeping then padTo (length digits) (show (abs n)) else show (abs n)) ++ after)
    padded = do
      (before, digits, after) <- oneOf runs
      shorter <- chance 3
      pure (before ++ (if shorter then drop 1 digits else '0' : digits) ++ after)
    replacedWord = do
      w <- oneOf words_
      (before, _, after) <- oneOf (wordRuns t)
      pure (before ++ w ++ after)
    -- One more part between separators, or one less.
    repeatedPart = do
      c <- oneOf (separators t)
      let parts = splitOn c t
      i <- fromInteger <$> below (toInteger (length parts))
      more <- chance 2
      pure (joined c (if more then take i parts ++ take 1 (drop i parts) ++ drop i parts else take i parts ++ drop (i + 1) parts))

separators :: String -> String
separators t = nub [c | c <- t, isAscii c, not (isAlpha c), not (isDigit c)]

splitOn :: Char -> String -> [String]
splitOn c t = case break (== c) t of
  (a, _ : rest) -> a : splitOn c rest
  (a, []) -> [a]

joined :: Char -> [String] -> String
joined c parts = case parts of
  [] -> ""
  p : rest -> p ++ concatMap (c :) rest

padTo :: Int -> String -> String
padTo n t = replicate (n - length t) '0' ++ t

-- | Each run of digits, short enough to be a number, with what stands before and after it.
numberRuns :: String -> [(String, String, String)]
numberRuns = runsOf (\c -> isAscii c && isDigit c)

wordRuns :: String -> [(String, String, String)]
wordRuns = runsOf isAlpha

runsOf :: (Char -> Bool) -> String -> [(String, String, String)]
runsOf member = go ""
  where
    go before t = case break member t of
      (_, []) -> []
      (skipped, rest) ->
        let (run, after) = span member rest
            start = before ++ skipped
         in (start, take 18 run, drop 18 run ++ after) : go (start ++ run) after

-- | Inputs in which what one side of a failed comparison saw is replaced by what the other did, or by its neighbours;
-- numbers also moved by the difference, for it may be their sum that was compared.
substituted :: [Shape] -> [Value] -> Operands -> [[Value]]
substituted shapes vs asking@(Operands _ a b) = take 14 (exact ++ moved) ++ take 40 (drop 14 exact ++ drop (14 - length (take 14 exact)) moved ++ together)
  where
    -- Two numbers at once, so that one sum or difference of them stays.
    together = [shifted shapes (shifted shapes vs i k) j l | (_ : _) <- [every], count > 1, k <- take 4 (parts asking), i <- [0 .. count - 1], j <- [i + 1 .. count - 1], (k, l) <- [(k, k), (k, negate k), (negate k, k)]]
    count = min 6 (length (wholeSpots shapes vs))
    every = take 120 (concat [spotsIn s v (\w -> set i w vs) | (i, s, v) <- zip3 [0 ..] shapes vs])
    exact = case (a, b) of
      (Whole x, Whole y) -> concat (turn [concatMap (numberFor x y) every, concatMap (numberFor y x) every])
      (Character x, Character y) -> concat (turn [concatMap (charFor x y) every, concatMap (charFor y x) every])
      (Text x, Text y) -> concat (turn [concatMap (textFor x y) every, concatMap (textFor y x) every])
      (Real x, Real y) -> [put spot (Real w) | spot@(Spot FloatingShape (Real z) _) <- every, (from, to) <- [(x, y), (y, x)], z == from, w <- [to]]
      _ -> []
    turn lists = [[x | Just x <- [nth i l]] | i <- [0 .. 13], l <- lists]
    nth i l = case drop i l of x : _ -> Just x; [] -> Nothing
    numberFor from to spot@(Spot s v _) = case (s, v) of
      (WholeShape lo hi, Whole n) | n == from -> [put spot (Whole k) | k <- [to, to + 1, to - 1], fits lo hi k]
      (TextShape, Text t) ->
        [put spot (Text (before ++ w ++ after)) | (before, digits, after) <- numberRuns t, read digits == from, to >= 0, k <- [to, to + 1, to - 1], k >= 0, w <- nub [padTo (length digits) (show k), show k]]
          ++ [put spot (Text (resized 'a' t)) | toInteger (length t) == from, to >= 0, to <= 60]
      (ListShape _, List ws) | toInteger (length ws) == from, to >= 0, to <= 60, not (null ws) || to == 0 -> [put spot (List (take (fromInteger k) (cycle ws))) | k <- [to, to + 1, to - 1], k >= 0]
      _ -> []
      where
        resized c t = take (fromInteger to) (if null t then replicate 60 c else cycle t)
    charFor from to spot@(Spot s v _) = case (s, v) of
      (CharacterShape, Character c) | c == from -> [put spot (Character to)]
      (TextShape, Text t) -> take 4 [put spot (Text (set i to t)) | (i, c) <- zip [0 ..] (take 100 t), c == from]
      _ -> []
    textFor from to spot@(Spot s v _) = case (s, v) of
      (TextShape, Text t)
        | t == from -> [put spot (Text to)]
        | not (null from) -> take 3 [put spot (Text (take i t ++ to ++ drop (i + length from) t)) | i <- [0 .. min 100 (length t)], from `isPrefixOf` drop i t]
        | otherwise -> [put spot (Text (t ++ to))]
      _ -> []
    moved = case (a, b) of
      (Whole x, Whole y) -> [put spot (Whole k) | part <- parts asking, d <- [part, negate part], x /= y, spot@(Spot (WholeShape lo hi) (Whole n) _) <- reverse every, let k = n + d, fits lo hi k]
      (Real x, Real y) -> [put spot (Real (z + d)) | d <- [y - x, x - y], spot@(Spot FloatingShape (Real z) _) <- reverse every]
      (Character x, Character y) -> [put spot (Text (t ++ [c])) | spot@(Spot TextShape (Text t) _) <- every, c <- [x, y]]
      _ -> []
    fits lo hi k = maybe True (<= k) lo && maybe True (>= k) hi
