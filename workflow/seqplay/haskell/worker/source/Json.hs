-- | JSON out, in ASCII: what a reply to Python is made of.
module Json
  ( Json (..)
  , encode
  ) where

import qualified Data.ByteString.Builder as Builder
import qualified Data.ByteString.Lazy as Lazy
import Data.Char (ord)
import Data.List (intersperse)
import Numeric (showHex)

data Json
  = Object [(String, Json)]
  | Array [Json]
  | String String
  | Number Integer
  | Bool Bool
  | Null

encode :: Json -> Lazy.ByteString
encode = Builder.toLazyByteString . build

build :: Json -> Builder.Builder
build json = case json of
  Object members -> between '{' '}' [quoted name <> Builder.char7 ':' <> build value | (name, value) <- members]
  Array values -> between '[' ']' (map build values)
  String text -> quoted text
  Number n -> Builder.integerDec n
  Bool b -> Builder.string7 (if b then "true" else "false")
  Null -> Builder.string7 "null"
  where
    between open close parts = Builder.char7 open <> mconcat (intersperse (Builder.char7 ',') parts) <> Builder.char7 close

quoted :: String -> Builder.Builder
quoted text = Builder.char7 '"' <> foldMap character text <> Builder.char7 '"'

-- | A lone surrogate is no character of a text: it becomes the replacement character.
character :: Char -> Builder.Builder
character c
  | c == '"' = Builder.string7 "\\\""
  | c == '\\' = Builder.string7 "\\\\"
  | n >= 0x20 && n < 0x7f = Builder.char7 c
  | n >= 0xd800 && n < 0xe000 = escaped 0xfffd
  | n < 0x10000 = escaped n
  | otherwise = let m = n - 0x10000 in escaped (0xd800 + m `div` 0x400) <> escaped (0xdc00 + m `mod` 0x400)
  where
    n = ord c
    escaped :: Int -> Builder.Builder
    escaped k = Builder.string7 ("\\u" ++ replicate (4 - length (showHex k "")) '0' ++ showHex k "")
