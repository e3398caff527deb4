{-# LANGUAGE Safe #-}

-- | The library types that a signature of the pipeline may name, and nothing that computes.
--
-- Arguments given by users are typechecked under signatures that go through this module, so that no name which a
-- program redefines or hides can change what the signature means.
module Seqplay.Types
  ( module Types
  ) where

import Data.Array as Types (Array)
import Data.ByteString as Types (ByteString)
import Data.Complex as Types (Complex)
import Control.Applicative as Types (ZipList)
import Data.Functor.Const as Types (Const)
import Data.Functor.Identity as Types (Identity)
import Data.Int as Types (Int16, Int32, Int64, Int8)
import Data.IntMap as Types (IntMap)
import Data.IntSet as Types (IntSet)
import Data.List.NonEmpty as Types (NonEmpty)
import Data.Map as Types (Map)
import Data.Monoid as Types (All, Any, Dual, Product, Sum)
import Data.Ord as Types (Down)
import Data.Proxy as Types (Proxy)
import Data.Ratio as Types (Ratio)
import Data.Semigroup as Types (Max, Min)
import Data.Sequence as Types (Seq)
import Data.Set as Types (Set)
import Data.Text as Types (Text)
import Data.Tree as Types (Tree)
import Data.Void as Types (Void)
import Data.Word as Types (Word16, Word32, Word64, Word8)
import Numeric.Natural as Types (Natural)
import Prelude as Types (Bool, Char, Double, Either, Float, Int, Integer, Maybe, Ordering, Word)
