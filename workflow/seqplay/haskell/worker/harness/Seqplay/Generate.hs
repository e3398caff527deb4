-- | Inputs for a list of shapes: every small one in order of size, then edges, then random ones that grow.
module Seqplay.Generate
  ( Constants (..)
  , value
  , inputs
  , cardinality
  , Measure (..)
  , measure
  ) where

import Data.Char (chr, isAlphaNum, isAscii, ord)
import Data.List (intercalate, nub, sort)
import qualified Data.Set as Set
import Seqplay.Bounds (Axis (..), arrayOf, axes, boxesOf, placed, room)
import Seqplay.Boundary (crossed, edges, near)
import Seqplay.Codec (Constructor (..), Shape (..), label)
import Seqplay.Fault (fault)
import Seqplay.Functions (functionFrom)
import Seqplay.Random
import Seqplay.Value

-- | What both programs' sources mention.
data Constants = Constants {constantWholes :: [Integer], constantReals :: [Double], constantTexts :: [String], constantChars :: [Char]}

-- | The inputs of a run: all of a finite domain that is small enough, otherwise an endless supply.
--
-- The n-th input depends on the seed, the budget and n alone, so that a run can go on from any place.
inputs :: Constants -> Integer -> Int -> [Shape] -> [[Value]]
inputs constants seed budget shapes = case cardinality domain of
  Just n | n <= toInteger budget -> map fields (concat (levels domain))
  _ -> distinct (small ++ zipWith draw [length small ..] (extremes ++ map sized [0 ..]))
  where
    domain = TupleShape shapes
    -- Of one whole number most that is tried counts up from 0, where the run is long enough for the edges too: it is where
    -- programs differ, and nothing leads there.
    small = case shapes of
      [s@(WholeShape _ _)] -> take (min 400 (if budget < 300 then budget `div` 3 else 2 * budget `div` 3)) (map (: []) (concat (take 400 (levels s))))
      _ -> take (min 400 (budget `div` 3)) (map fields (concat (take 9 (levels domain))))
    extremes = take (budget `div` 3) (boundaries constants shapes)
    sized k = mapM (value constants (sizeAt k) 0) shapes
    fields v = case v of Tuple vs -> vs; _ -> []
    draw i = runGen seed i

-- | No input of up to eight parts twice, as long as others come: of a type that has few values they come again.
distinct :: [[Value]] -> [[Value]]
distinct = go Set.empty (0 :: Int)
  where
    go known again supply = case supply of
      [] -> []
      vs : rest
        | nodes (measure vs) > 8 -> vs : go known 0 rest
        | again < 40, text `Set.member` known -> go known (again + 1) rest
        | otherwise -> vs : go (Set.insert text known) 0 rest
        where
          text = map renderArgument vs

-- | Each edge of each argument beside random others, edges of all arguments together, and what is next to the sources'
-- constants; the arguments take turns, so that a short budget cuts all alike.
boundaries :: Constants -> [Shape] -> [Gen [Value]]
boundaries constants shapes
  | [_] <- shapes = turns (map beside [edges, closer])
  | otherwise = turns [beside edges, map pure (crossed sides), map pure (crossed (map (take 3) sides))] ++ beside closer
  where
    sides = map edges shapes
    closer = near (constantWholes constants) (constantReals constants) (constantTexts constants) (constantChars constants)
    beside ends = turns [[mapM (other i v) (zip [0 ..] shapes) | v <- ends s] | (i, s) <- zip [0 :: Int ..] shapes]
    other i v (j, s) = if i == j then pure v else value constants 6 0 s

-- | One of each in turns, until all are used up.
turns :: [[a]] -> [a]
turns lists = case filter (not . null) lists of
  [] -> []
  some -> map head some ++ turns (map tail some)

-- | Sizes grow slowly and come back to small ones, so that all of a run is not spent on large inputs.
sizeAt :: Int -> Int
sizeAt i = 1 + case i `mod` 8 of
  7 -> min 300 (i `div` 4)
  6 -> min 60 (i `div` 8)
  r -> min (6 + 3 * r) (1 + i `div` 10)

-- | How many values there are, where that is finite.
cardinality :: Shape -> Maybe Integer
cardinality = go []
  where
    go seen s = case s of
      WholeShape (Just lo) (Just hi) | hi - lo < 1000 -> Just (hi - lo + 1)
      TupleShape ss -> product <$> mapM (go seen) ss
      DataShape name cs
        | name `elem` seen -> Nothing
        | otherwise -> sum <$> mapM (fmap product . mapM (go (name : seen)) . constructorFields) cs
      _ -> Nothing

-- | All values, by size: level n has finitely many. Of a finite type, the first 60 levels hold all.
levels :: Shape -> [[Value]]
levels = levelsWithin []

-- | The same, inside types whose levels are known: a recursive type's own, so that they are made once.
levelsWithin :: [(String, [[Value]])] -> Shape -> [[Value]]
levelsWithin known s = case s of
  WholeShape lo hi
    | Just l <- lo, Just h <- hi, h - l < 1000 -> [map Whole [l .. h]]
    | otherwise -> map (map Whole . filter (\n -> maybe True (<= n) lo && maybe True (>= n) hi)) ([0] : map upAndDown [1 ..])
  FloatingShape -> map (map Real) ([0] : [1, -1] : [0.5, -0.5] : [2, -2] : map (\n -> [n, -n, n + 0.25]) [3 ..])
  CharacterShape -> map (map Character) ["a", "bA", " 0", "z9Z", "-.\n", ",x1("] ++ repeat []
  TextShape -> sequencesOf (\vs -> Text [c | Character c <- vs]) (inside CharacterShape)
  ListShape a -> sequencesOf List (inside a)
  NonEmptyShape a -> map (map (\(x, xs) -> Data 0 "Data.List.NonEmpty.:|" [x, xs])) (pairs (inside a) (inside (ListShape a)))
  TupleShape ss -> map (map Tuple) (tuples (map inside ss))
  DataShape name cs
    | Just own <- lookup name known -> own
    | otherwise -> let own = foldr merge [] [constructed ((name, own) : known) n c | (n, c) <- zip [0 ..] cs] in own
  CallShape name a -> map (map (\v -> Call name [v])) (inside a)
  ArrayShape i e -> map (concatMap (\es -> [arrayOf i box es | as <- maybe [] pure (axes i), box <- boxesOf as (toInteger (length es))])) (sequencesOf id (inside e))
  RatioShape -> map (map (\(n, d) -> Data 0 "Data.Ratio.%" [Whole n, Whole d])) ([(0, 1)] : [(1, 1), (-1, 1)] : [(1, 2), (-1, 2), (2, 1)] : map (\n -> [(n, 2), (-n, 3), (n, 1)]) [3 ..])
  FunctionShape a b -> [[runGen 7 n (functionFrom (\sh -> value (Constants [] [] [] []) 3 0 sh) a b)] | n <- [0 .. 11]] ++ repeat []
  where
    -- Of larger whole numbers fewer are negative: what a program says of 153 it says of 153 alone, of -153 what of -152.
    upAndDown n = n : [-n | n <= 16 || n `mod` 3 == 0]
    inside = levelsWithin known
    constructed _ n (Constructor name []) = [[Data n name []]]
    constructed own n (Constructor name ss) = [] : map (map (Data n name)) (tuples (map (levelsWithin own) ss))
    sequencesOf wrap ls = map (map wrap) sequences
      where
        sequences = [[]] : map (map (uncurry (:))) (pairs ls sequences)

merge :: [[a]] -> [[a]] -> [[a]]
merge (x : xs) (y : ys) = (x ++ y) : merge xs ys
merge xs [] = xs
merge [] ys = ys

tuples :: [[[Value]]] -> [[[Value]]]
tuples = foldr (\ls rest -> map (map (uncurry (:))) (pairs ls rest)) [[[]]]

pairs :: [[a]] -> [[b]] -> [[(a, b)]]
pairs as bs = [[(x, y) | i <- [0 .. n], x <- at as i, y <- at bs (n - i)] | n <- [0 .. 60]]
  where
    at ls i = case drop i ls of l : _ -> l; [] -> []

-- | A random value; the depth keeps recursive types from growing without end.
value :: Constants -> Int -> Int -> Shape -> Gen Value
value constants size depth s = case s of
  WholeShape lo hi -> Whole <$> whole constants size lo hi
  FloatingShape -> Real <$> floating constants size
  CharacterShape -> Character <$> character constants
  TextShape -> Text <$> textual constants size
  ListShape a -> List <$> listOf a
  NonEmptyShape a -> (\x xs -> Data 0 "Data.List.NonEmpty.:|" [x, List xs]) <$> inner a <*> listOf a
  TupleShape ss -> Tuple <$> mapM inner ss
  DataShape name cs -> algebraic name cs
  CallShape name a -> (\v -> Call name [v]) <$> inner a
  ArrayShape i e -> maybe (pure (fault "not an index")) (arrayed i e) (axes i)
  RatioShape -> (\n d -> Data 0 "Data.Ratio.%" [Whole n, Whole d]) <$> whole constants size Nothing Nothing <*> (succ <$> below (toInteger size + 3))
  FunctionShape a b -> functionFrom (value constants (min size 6) (depth + 1)) a b
  where
    inner = value constants (if depth == 0 then size else max 1 (size * 2 `div` 3)) (depth + 1)
    -- A list deep inside, as of a tree's children, is short: else what branches at each level would grow without end.
    listOf a = recall >>= \memory -> if depth > 3 || depth > 0 && grown memory > largest then shortList (grown memory) a else longList memory a
    shortList before a = do
      n <- fromInteger <$> between 0 (if before > largest || depth > 15 then 0 else if depth < 6 then toInteger (min 4 size) else 1)
      mapM (const (value constants (max 3 (min size 30)) (depth + 2) a)) [1 .. n :: Int]
    longList memory a = do
      n <- fromInteger <$> weighted
        ( [(12, between 0 (toInteger (if depth == 0 then size else min 12 size)))]
            ++ [(2, (+) <$> oneOf counts <*> oneOf [0, 0, 1]) | counts <- [filter short (wholes memory)], not (null counts)]
            ++ [(1, (+) <$> oneOf counts <*> oneOf [0, 1]) | depth == 0, counts <- [filter short (constantWholes constants)], not (null counts)]
        )
      vs <- weighted
        ( [(5, arrange a (value constants (max 3 (min size 30)) (depth + 2) a) n)]
            ++ [(3, oneOf earlier >>= resembling) | earlier <- [[vs | (name, vs) <- lists memory, name == label a]], not (null earlier)]
        )
      let again = if depth == 0 || length (take 61 vs) <= 60 then [(label a, vs)] else []
      remember (\m -> m {lists = take 4 (again ++ lists m), wholes = take 12 (toInteger (length vs) : wholes m)})
      pure vs
    short n = n >= 0 && n <= 60
    -- Bounds begin at 0 or 1 as a rule; of several axes each is short.
    arrayed i e as = do
      lengths <- mapM (const (between 0 (if length as == 1 then toInteger (min 30 size) else 4))) as
      from <- mapM (\axis -> (+ usual axis) <$> weighted [(4, pure 0), (3, pure 1), (2, between (-3) 5)]) as
      box <- maybe (oneOf (boxesOf as 1)) pure (placed as from lengths)
      let item = value constants (max 3 (min size 30)) (depth + 2) e
          count = fromInteger (room box)
      es <- arrange e item count
      others <- mapM (const item) (drop (length es) [1 .. count])
      pure (arrayOf i box (es ++ others))
    algebraic name cs = do
      before <- grown <$> recall
      remember (\m -> m {grown = grown m + 1})
      let numbered = zip [0 ..] cs
          leaves = [c | c@(_, Constructor _ ss) <- numbered, not (any (mentions name) ss)]
          small = depth > 2 + size || depth > 12 || before > largest
          choices = if small && not (null leaves) then leaves else numbered
      stop <- chance (if depth > 4 then 2 else 5)
      (n, Constructor c ss) <- oneOf (if stop && not (null leaves) then leaves else choices)
      Data n c <$> mapM (value constants size (depth + 1)) ss

-- | Values of the program's own types in one input after which only leaves are drawn.
largest :: Int
largest = 400

-- | An earlier list again, or a part, a rearrangement or an extension of it.
resembling :: [a] -> Gen [a]
resembling xs = do
  k <- fromInteger <$> between 0 (toInteger (length xs))
  oneOf [xs, xs, take k xs, drop k xs, reverse xs, drop k xs ++ take k xs, take k xs ++ drop (k + 1) xs, take k xs ++ take 1 xs ++ drop k xs, xs ++ xs]

-- | Lists as programs like to be tested: random, sorted, of few different items, mirrored, all the same, rectangular.
arrange :: Shape -> Gen Value -> Int -> Gen [Value]
arrange a item n = do
  kind <- below 10
  case (kind, a) of
    (0, WholeShape _ _) -> map Whole . sort . map unwhole <$> random
    (1, WholeShape _ _) -> map Whole . reverse . sort . map unwhole <$> random
    (0, FloatingShape) -> map Real . sort . map unreal <$> random
    -- What is equal and yet not the same, or not even equal to itself: a sort that swaps equals shows here alone, where
    -- its halves have two items.
    (1, FloatingShape) -> mapM (const (Real <$> oneOf [0, -0.0, 0 / 0, 1])) [1 .. max 4 n]
    (2, FloatingShape) -> mapM (const (Real <$> oneOf [0, -0.0])) [1 .. max 4 n]
    (0, ListShape _) -> random >>= rectangle
    (1, ListShape _) -> random >>= rectangle
    (2, ListShape _) -> random >>= rectangle
    (2, WholeShape lo hi) -> do
      start <- between (-3) 5
      pure (map Whole (filter (\k -> maybe True (<= k) lo && maybe True (>= k) hi) (take n [start ..])))
    (3, _) -> do
      few <- mapM (const item) [1 .. 2 + n `div` 8]
      mapM (const (oneOf few)) [1 .. n]
    (4, _) -> (\x -> replicate n x) <$> item
    (5, _) -> (\half -> half ++ reverse half) <$> mapM (const item) [1 .. n `div` 2]
    _ -> random
  where
    random = mapM (const item) [1 .. n]
    unwhole v = case v of Whole k -> k; _ -> 0
    unreal v = case v of Real x -> x; _ -> 0
    rectangle rows = case concat [vs | List vs <- rows] of
      [] -> pure rows
      cells -> do
        width <- oneOf [n, n, 1, 2, 3]
        pure (map List (take n (chunks width (cycle cells))))
    chunks k vs = let (row, rest) = splitAt k vs in row : chunks k rest

whole :: Constants -> Int -> Maybe Integer -> Maybe Integer -> Gen Integer
whole constants size lo hi = do
  memory <- recall
  n <- weighted ([(10, between (negate reach) reach), (4, between 0 reach), (2, oneOf edges), (1, large)]
      ++ [(4, near) | not (null (constantWholes constants))]
      ++ [(3, oneOf (wholes memory)) | not (null (wholes memory))])
  let kept = into n
  remember (\m -> m {wholes = take 12 (kept : wholes m)})
  pure kept
  where
    reach = toInteger (max 2 (min size 100))
    near = (+) <$> oneOf (constantWholes constants) <*> oneOf [0, 0, 0, 1, -1, 2]
    large = do
      bits <- between 4 (if lo == Nothing && hi == Nothing then 80 else 63)
      between (negate (2 ^ bits)) (2 ^ bits)
    edges =
      [0, 1, -1, 2, 10, 100, 255, 256, 1000, 2 ^ (31 :: Int), 2 ^ (31 :: Int) - 1, negate (2 ^ (31 :: Int)), 10 ^ (18 :: Int)]
        ++ maybe [2 ^ (63 :: Int), 2 ^ (64 :: Int), 10 ^ (20 :: Int)] (\h -> [h, h - 1, h `div` 2, h `div` 2 + 1]) hi
        ++ maybe [negate (2 ^ (63 :: Int)) - 1, negate (10 ^ (20 :: Int))] (\l -> [l, l + 1, l `div` 2]) lo
    into n = case (lo, hi) of
      (Just l, Just h) | n < l || n > h -> l + (n - l) `mod` (h - l + 1)
      (Just l, Nothing) | n < l -> l + (l - n)
      _ -> n

floating :: Constants -> Int -> Gen Double
floating constants size =
  weighted
    ( [ (8, (\a b -> fromInteger a + fromInteger b / 8) <$> between (negate reach) reach <*> below 8)
      , (6, fromInteger <$> between (negate reach) reach)
      , (4, (/ 10) . fromInteger <$> between (negate (10 * reach)) (10 * reach)) -- sums of these depend on their order
      , (3, oneOf [0, -0.0, 1, -1, 0.5, -0.5, 0 / 0, 1 / 0, -1 / 0, 0.1, 1.0e-10, 5.0e-324, 1.0e308, -1.0e308, 9007199254740993, 1.5, 2.5, -2.5])
      ]
        ++ [(4, (+) <$> oneOf (constantReals constants ++ map fromInteger (constantWholes constants)) <*> oneOf [0, 0, 1, -1, 0.5]) | not (null (constantReals constants) && null (constantWholes constants))]
    )
  where
    reach = toInteger (max 2 (min size 1000))

-- | The characters that the sources mention, alone or in a text.
mentioned :: Constants -> String
mentioned constants = constantChars constants ++ concat (constantTexts constants)

character :: Constants -> Gen Char
character constants = do
  memory <- recall
  c <- weighted ([(6, letter 'a' 26), (3, letter 'A' 26), (3, letter '0' 10), (2, oneOf " \t\n.,;:-_()[]{}+*/\"'!?"), (1, oneOf "\0\127\200\955\8364\128512\&z~"), (1, chr . fromInteger <$> below 256), (1, chr . fromInteger <$> below 1328)]
      ++ [(6, oneOf pool) | not (null pool)]
      ++ [(3, oneOf (characters memory)) | not (null (characters memory))])
  remember (\m -> m {characters = take 12 (c : characters m)})
  pure c
  where
    letter from n = (\k -> chr (ord from + fromInteger k)) <$> below n
    pool = mentioned constants

textual :: Constants -> Int -> Gen String
textual constants size = do
  memory <- recall
  n <- (fromInteger :: Integer -> Int) <$> between 0 (toInteger size)
  left <- (fromInteger :: Integer -> Int) <$> below 3
  right <- (fromInteger :: Integer -> Int) <$> below 3
  t <- weighted ([(5, characterwise n), (3, few n), (2, fmap unwords (mapM (const word) [1 .. 1 + n `div` 4])), (1, mirrored n), (1, digits n)]
      ++ [(3, around left right) | not (null (constantTexts constants))]
      ++ [(3, concat <$> mapM (const piece) [1 .. 1 + n `mod` 6]) | not (null (constantChars constants))]
      ++ [(1, alphabetical)]
      ++ [(5, parts) | not (null separators)]
      ++ [(2, mapM (const (oneOf pool)) [1 .. 1 + n `mod` 8]) | not (null pool)]
      ++ [(4, tokens (1 + n `mod` 5)) | not (null symbols)]
      ++ [(3, oneOf (texts memory)) | not (null (texts memory))]
      ++ [(4, oneOf (texts memory) >>= resembling) | not (null (texts memory))]
      ++ [(1, (\t c -> t ++ [c]) <$> oneOf (texts memory) <*> character constants) | not (null (texts memory))])
  remember (\m -> m {texts = take 6 (t : texts m)})
  pure t
  where
    characterwise n = mapM (const (character constants)) [1 .. n]
    few n = do
      alphabet <- mapM (const (character constants)) [1 .. 2 + n `div` 8]
      mapM (const (oneOf alphabet)) [1 .. n]
    -- Numbers between separators, as of dates, times, addresses and versions: of one width, or of the usual ones.
    separators = [c | c <- nub pool, isAscii c, not (isAlphaNum c)]
    parts = do
      c <- oneOf separators
      wide <- oneOf [Nothing, Nothing, Just 1, Just 2, Just 2, Just 3]
      count <- between 1 6
      dated <- chance 5
      joined c <$> mapM (part wide dated) [1 .. count]
    part wide dated i = weighted
      [ (8, padded (if dated then Just (if i == 1 then 4 else 2) else wide) <$> counted_)
      , (1, (\k d -> d : replicate k '0') . fromInteger <$> below 3 <*> oneOf "012")
      , (1, word)
      , (1, pure "")
      ]
    counted_ = weighted ([(4, between 0 9), (4, between 0 99), (2, between 0 400), (1, between 1890 2030)] ++ [(4, (+) <$> oneOf near_ <*> oneOf [0, 0, 1, -1]) | not (null near_)])
    near_ = filter (>= 0) (constantWholes constants)
    padded wide k = let t = show (abs k) in replicate (maybe 0 (subtract (length t)) wide) '0' ++ t
    joined c ts = case ts of
      [] -> ""
      t : rest -> t ++ concatMap (c :) rest
    piece = weighted [(3, (: []) <$> oneOf (constantChars constants)), (3, between 1 3 >>= digits . fromInteger), (1, word)]
    word = below 6 >>= \k -> mapM (const (oneOf "abcdeABxyz")) [0 .. k]
    pool = mentioned constants
    -- Numbers and what the sources mention, as a small language's programs: in any order, one
    -- after each number, after all, or before.
    symbols = filter (\t -> not (null t) && length t <= 6) (constantTexts constants) ++ map (: []) (constantChars constants)
    number = between 1 2 >>= digits . fromInteger
    tokens k = do
      space <- oneOf [" ", " ", ""]
      intercalate space <$> weighted
        [ (1, mapM (const (weighted [(3, number), (3, oneOf symbols), (1, word)])) [1 .. k])
        , (1, (\x rest -> x : concat rest) <$> number <*> mapM (const ((\o y -> [o, y]) <$> oneOf symbols <*> number)) [2 .. k])
        , (2, (:) <$> oneOf symbols <*> mapM (const (weighted [(4, number), (1, oneOf symbols)])) [2 .. k])
        , (1, (++) <$> mapM (const number) [1 .. k] <*> mapM (const (oneOf symbols)) [2 .. k])
        ]
    alphabetical = do
      from <- below 2
      to <- below 2
      oneOf [[chr (ord first + fromInteger from) .. chr (ord end - fromInteger to)] | (first, end) <- [('a', 'z'), ('A', 'Z'), ('0', '9')]]
    mirrored n = (\half -> half ++ reverse half) <$> mapM (const (oneOf "abc")) [1 .. n `div` 2]
    digits n = mapM (const (oneOf "0123456789")) [1 .. min 12 n]
    around left right = (\a t b -> a ++ t ++ b) <$> characterwise left <*> oneOf (constantTexts constants) <*> characterwise right

mentions :: String -> Shape -> Bool
mentions name = go (4 :: Int)
  where
    go 0 _ = False
    go k s = case s of
      ListShape _ -> False
      CallShape _ _ -> False
      ArrayShape _ _ -> False
      NonEmptyShape a -> go (k - 1) a
      TupleShape ss -> any (go (k - 1)) ss
      DataShape other cs -> other == name || any (any (go (k - 1)) . constructorFields) cs
      FunctionShape _ b -> go (k - 1) b
      _ -> False

-- | How large an input is: its largest number, and how many nodes it has.
data Measure = Measure {magnitude :: Integer, nodes :: Int}

measure :: [Value] -> Measure
measure vs = foldr (plus . one) (Measure 0 0) vs
  where
    plus (Measure a m) (Measure b n) = Measure (max a b) (m + n)
    one v = case v of
      Whole n -> Measure (abs n) 1
      Text s -> Measure 0 (1 + length s)
      List ws -> foldr (plus . one) (Measure 0 1) ws
      Tuple ws -> foldr (plus . one) (Measure 0 1) ws
      Data _ _ ws -> foldr (plus . one) (Measure 0 1) ws
      Call _ ws -> foldr (plus . one) (Measure 0 1) ws
      _ -> Measure 0 1
