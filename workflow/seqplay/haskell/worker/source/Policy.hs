-- | The inner wall: which pragmas, extensions and modules a program may use. Everything not named here is refused.
module Policy
  ( packages
  , allowedExtension
  , allowedImport
  , mainImport
  , harmlessOption
  , ignoredOption
  , standIn
  , warmModules
  ) where

import Data.List (isPrefixOf, stripPrefix)
import Data.Maybe (fromMaybe)
import qualified Data.Set as Set

-- | Packages a program may import from. All ship with GHC.
packages :: [String]
packages = ["base", "containers", "array", "text", "bytestring", "mtl", "transformers", "deepseq", "parsec"]

-- | @OPTIONS_GHC@ words that only concern warnings, or that are ignored. Any other option is refused: @-F -pgmF@ runs a
-- program even under Safe Haskell.
harmlessOption :: String -> Bool
harmlessOption option =
  ignoredOption option || option == "-w" || any (`isPrefixOf` option) ["-W", "-fwarn-", "-fno-warn-"] && not ("-Werror" `isPrefixOf` option)

-- | Words that never reach GHC, because they say how code is to be optimised, and nothing here is.
ignoredOption :: String -> Bool
ignoredOption option =
  option `elem` (map ("-O" ++) ["", "0", "1", "2"] ++ ["-fllvm", "-threaded", "-dcore-lint", "-ferror-spans"])
    || fromMaybe option (stripPrefix "-fno-" option) `elem` switches
    || fromMaybe option (stripPrefix "-f" option) `elem` switches
  where
    switches =
      words
        "cse full-laziness spec-constr specialise specialise-aggressively cross-module-specialise strictness \
        \worker-wrapper case-merge case-folding float-in ignore-asserts expose-all-unfoldings late-dmd-anal \
        \liberate-case static-argument-transformation unbox-strict-fields unbox-small-strict-fields \
        \omit-yields state-hack pedantic-bottoms stg-cse loopification do-eta-reduction do-lambda-eta-expansion"

-- | What is imported in place of a module that is not Safe as a whole: a part of it that is.
standIn :: String -> Maybe String
standIn name =
  lookup
    name
    [ ("Debug.Trace", "Seqplay.Trace")
    , ("Data.Coerce", "Seqplay.Coerce")
    , ("GHC.Exts", "Seqplay.Exts")
    , ("Data.Array.ST", "Data.Array.ST.Safe")
    , ("Data.Array.MArray", "Data.Array.MArray.Safe")
    ]

-- | Language extensions, on or off. Missing on purpose: CPP and Template Haskell (they read files and run code), every
-- FFI extension, Trustworthy and Unsafe, StaticPointers, MagicHash and unboxed types, RebindableSyntax, PackageImports.
allowedExtension :: String -> Bool
allowedExtension name = name `Set.member` extensions || fromMaybe name (stripPrefix "No" name) `Set.member` extensions

extensions :: Set.Set String
extensions =
  Set.fromList $
    words
      "Haskell98 Haskell2010 GHC2021 Safe AllowAmbiguousTypes ApplicativeDo Arrows BangPatterns BinaryLiterals BlockArguments \
      \ConstrainedClassMethods ConstraintKinds CUSKs DataKinds DatatypeContexts DefaultSignatures DeriveAnyClass \
      \DeriveDataTypeable DeriveFoldable DeriveFunctor DeriveGeneric DeriveTraversable DerivingStrategies DerivingVia \
      \DisambiguateRecordFields DoAndIfThenElse DuplicateRecordFields EmptyCase EmptyDataDecls EmptyDataDeriving \
      \ExistentialQuantification ExplicitForAll ExplicitNamespaces FieldSelectors FlexibleContexts FlexibleInstances \
      \FunctionalDependencies GADTs GADTSyntax GeneralizedNewtypeDeriving GeneralisedNewtypeDeriving HexFloatLiterals \
      \ImplicitPrelude ImportQualifiedPost ImpredicativeTypes IncoherentInstances InstanceSigs KindSignatures LambdaCase \
      \LexicalNegation LiberalTypeSynonyms MonadComprehensions MonadFailDesugaring MonoLocalBinds MonoPatBinds \
      \MonomorphismRestriction MultiParamTypeClasses MultiWayIf NamedFieldPuns NamedWildCards NegativeLiterals \
      \NondecreasingIndentation NPlusKPatterns NullaryTypeClasses NumDecimals NumericUnderscores OverlappingInstances \
      \OverloadedLists OverloadedRecordDot OverloadedStrings ParallelListComp PartialTypeSignatures PatternGuards \
      \PatternSignatures PatternSynonyms PolyKinds PolymorphicComponents PostfixOperators QuantifiedConstraints Rank2Types \
      \RankNTypes RecordPuns RecordWildCards RecursiveDo RelaxedPolyRec RoleAnnotations ScopedTypeVariables \
      \StandaloneDeriving StandaloneKindSignatures StarIsType Strict StrictData TraditionalRecordSyntax TransformListComp \
      \TupleSections TypeApplications TypeData TypeFamilies TypeFamilyDependencies TypeInType TypeOperators \
      \TypeSynonymInstances UndecidableInstances UndecidableSuperClasses UnicodeSyntax ViewPatterns"

-- | Modules a program may import. GHC also checks each under Safe Haskell. @System.IO@ and @System.Exit@ are here for
-- programs that come with a @main@ (which is left out); their functions are all in IO, which is never run.
allowedImport :: String -> Bool
allowedImport name = standIn name /= Nothing || name `Set.member` Set.fromList (warmModules ++ coldModules)

-- | Modules of actions alone, which a program may import where only its @main@ uses them: they go when it goes.
mainImport :: String -> Bool
mainImport name = name `elem` words "Data.Text.IO Data.Text.Lazy.IO System.Environment System.IO.Error"

-- | Modules whose interfaces every worker has read before it serves.
warmModules :: [String]
warmModules =
  words
    "Prelude Control.Applicative Control.Arrow Control.Category Control.Exception Control.Monad Control.Monad.ST \
    \Control.Monad.State Control.Monad.Reader Control.Monad.Writer Control.Monad.Except Control.DeepSeq \
    \Data.Array Data.Array.ST.Safe Data.Array.Unboxed Data.Bifunctor Data.Bits Data.Bool Data.ByteString \
    \Data.ByteString.Char8 Data.Char Data.Complex Data.Either Data.Eq Data.Fixed Data.Foldable Data.Function \
    \Data.Functor Data.Functor.Identity Data.IORef Data.Int Data.IntMap Data.IntMap.Strict Data.IntSet Data.Ix Data.Kind \
    \Data.List Data.List.NonEmpty Data.Map Data.Map.Strict Data.Maybe Data.Monoid Data.Ord Data.Proxy Data.Ratio \
    \Data.STRef Data.Semigroup Data.Sequence Data.Set Data.String Data.Text Data.Traversable Data.Tree Data.Tuple \
    \Data.Typeable Data.Void Data.Word Numeric Numeric.Natural System.IO Text.Printf Text.Read"

coldModules :: [String]
coldModules =
  words
    "Control.Monad.Cont Control.Monad.Fail Control.Monad.Fix Control.Monad.Identity Control.Monad.RWS Control.Monad.ST.Lazy \
    \Control.Monad.State.Class Control.Monad.State.Lazy Control.Monad.State.Strict Control.Monad.Trans Control.Monad.Trans.Class \
    \Control.Monad.Trans.Cont Control.Monad.Trans.Except Control.Monad.Trans.Identity Control.Monad.Trans.Maybe \
    \Control.Monad.Trans.Reader Control.Monad.Trans.State Control.Monad.Trans.State.Strict Control.Monad.Trans.Writer \
    \Control.Monad.Trans.Writer.Strict Control.Monad.Writer.Lazy Control.Monad.Writer.Strict Control.Monad.Zip \
    \Data.Array.IArray Data.Array.MArray.Safe Data.Bifoldable Data.Bitraversable Data.ByteString.Builder \
    \Data.ByteString.Lazy Data.ByteString.Lazy.Char8 Data.Containers.ListUtils Data.Data Data.Dynamic \
    \Data.Functor.Classes Data.Functor.Compose Data.Functor.Const Data.Functor.Contravariant Data.Functor.Product \
    \Data.Functor.Sum Data.Graph Data.IntMap.Lazy Data.Map.Lazy Data.Map.Merge.Lazy Data.Map.Merge.Strict \
    \Data.STRef.Lazy Data.Text.Encoding Data.Text.Lazy Data.Text.Lazy.Builder Data.Text.Lazy.Builder.Int Data.Text.Read \
    \Data.Type.Bool Data.Type.Equality Data.Unique Data.Version \
    \GHC.Float GHC.Generics GHC.Records GHC.Stack GHC.TypeLits GHC.TypeNats \
    \System.Exit Text.ParserCombinators.ReadP Text.ParserCombinators.ReadPrec Text.Show Text.Show.Functions \
    \Control.Monad.IO.Class Control.Monad.Instances Control.Monad.ST.Strict Control.Monad.RWS.Lazy Control.Monad.RWS.Strict \
    \Control.Monad.RWS.Class Control.Monad.Reader.Class Control.Monad.Writer.Class Control.Monad.Error.Class \
    \Control.Monad.Cont.Class Control.Monad.Trans.RWS Control.Monad.Trans.RWS.Strict Control.Monad.Trans.RWS.Lazy \
    \Control.Monad.Trans.State.Lazy Control.Monad.Trans.Writer.Lazy Control.Monad.Trans.Accum Control.Monad.Trans.Select \
    \Data.IntMap.Merge.Lazy Data.IntMap.Merge.Strict Data.STRef.Strict \
    \Text.Parsec Text.Parsec.Char Text.Parsec.Combinator Text.Parsec.Error Text.Parsec.Expr Text.Parsec.Language Text.Parsec.Pos Text.Parsec.Prim \
    \Text.Parsec.String Text.Parsec.Text Text.Parsec.Token Text.ParserCombinators.Parsec Text.ParserCombinators.Parsec.Char \
    \Text.ParserCombinators.Parsec.Combinator Text.ParserCombinators.Parsec.Expr \
    \Text.ParserCombinators.Parsec.Language Text.ParserCombinators.Parsec.Prim Text.ParserCombinators.Parsec.Token"
